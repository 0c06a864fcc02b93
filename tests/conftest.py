"""What tests of every folder share."""

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import database_from
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
def postgres_server() -> Iterator[str]:
    """An embedded PostgreSQL with pgvector of this session; the URL of its superuser's own database."""
    # As root the server runs as another user, for whom another session of pytest would close the folder of them all.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    server = embedded_package().get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    died = not server.get_postmaster_info().is_running()
    log = (folder / "log").read_text() if died else ""
    server.cleanup()
    assert not died, f"the tests' database server died: {log[-3000:]}"


@pytest.fixture
def empty_database(postgres_server: str) -> Iterator[str]:
    """The URL of a database without tables."""
    with database_from(postgres_server, "template1") as url:
        yield url


@pytest.fixture(scope="session")
def migrated_template(postgres_server: str) -> Iterator[str]:
    """Name of a database with all tables, which `database` copies."""
    from build_artifacts.database.migrate import migrate

    with database_from(postgres_server, "template1") as url:
        engine = connect(url)
        migrate(engine)
        engine.dispose()
        yield make_url(url).database or ""


@pytest.fixture
def database(postgres_server: str, migrated_template: str) -> Iterator[str]:
    """The URL of a database with all tables, empty."""
    with database_from(postgres_server, migrated_template) as url:
        yield url
