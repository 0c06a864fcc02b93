"""What tests of every folder share."""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from leadgen.database.connection import connect
from leadgen.database.embedded import embedded_package
from moto.server import ThreadedMotoServer
from sqlalchemy import make_url


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    """AWS, as moto imitates it, over real HTTP; what tests leave in it stays there for the next."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An embedded PostgreSQL with pgvector of this session; the URL of its superuser's own database."""
    # The path of the socket may have 107 characters.
    folder = Path(tmp_path_factory.mktemp("pg", numbered=True))
    server = embedded_package().get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def empty_database(postgres_server: str) -> Iterator[str]:
    """The URL of a database without tables."""
    with _database(postgres_server, "template1") as url:
        yield url


@pytest.fixture(scope="session")
def migrated_template(postgres_server: str) -> Iterator[str]:
    """Name of a database with all tables, which `database` copies."""
    from build_artifacts.database.migrate import migrate

    with _database(postgres_server, "template1") as url:
        engine = connect(url)
        migrate(engine)
        engine.dispose()
        yield make_url(url).database or ""


@pytest.fixture
def database(postgres_server: str, migrated_template: str) -> Iterator[str]:
    """The URL of a database with all tables, empty."""
    with _database(postgres_server, migrated_template) as url:
        yield url


@contextmanager
def _database(server: str, template: str) -> Iterator[str]:
    name = f"d{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
