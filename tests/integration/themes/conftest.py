"""A database of two quarters, filled once a session."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest
from leadgen.database.connection import connect
from quarters import MODEL, Quarters, fill
from sqlalchemy import Engine, make_url


@dataclass(frozen=True)
class FilledDatabase:
    """Its URL and what is in it."""

    url: str
    quarters: Quarters


@pytest.fixture(scope="session")
def filled(postgres_server: str, migrated_template: str) -> Iterator[FilledDatabase]:
    name = f"d{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
    url = postgres_server.replace("/postgres?", f"/{name}?")
    engine = connect(url)
    quarters = fill(engine)
    engine.dispose()
    yield FilledDatabase(url, quarters)
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def engine(filled: FilledDatabase) -> Iterator[Engine]:
    """May only read."""
    engine = connect(filled.url, read_only=True)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def text_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Folder of the text model of both quarters."""
    folder = tmp_path_factory.mktemp("model")
    MODEL.spec.write(folder)
    return str(folder)


@pytest.fixture(scope="session")
def themes_server(filled: FilledDatabase, text_model: str, serve: Callable[..., Any]) -> Iterator[Any]:
    """A server of the bundle and of the database, whose database user may only read."""
    url = as_reader(filled.url)
    with serve(LEADGEN_DATABASE_URL=url, LEADGEN_THEMES_TEXT_MODEL=text_model) as server:
        yield server


@pytest.fixture(scope="session")
def themes(themes_server: Any) -> Iterator[httpx.Client]:
    """A client of this server."""
    with httpx.Client(base_url=themes_server.url, timeout=30) as client:
        yield client


def as_reader(url: str) -> str:
    """The URL of the same database for a user with no right but SELECT."""
    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'only_reads'").fetchone():
            connection.execute("CREATE ROLE only_reads LOGIN")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO only_reads")
    return make_url(url).set(username="only_reads", password=None).render_as_string(hide_password=False)
