"""Bring a database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from leadgen.errors import ConfigurationError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

_LOCK = 4_207_849_001
"""Any number, the same in every version: two processes must not migrate at once."""
_OLDEST_SERVER = 150_000
_OLDEST_VECTOR = (0, 8)
"""The first with `hnsw.iterative_scan`, without which a filtered search finds fewer than it should."""


def migrate(engine: Engine) -> None:
    """Apply all migrations that the database lacks, in one transaction; one process at a time, the others wait.

    Raises ConfigurationError where the server is older than PostgreSQL 15, or has no pgvector of 0.8 or newer that
    this user can use.
    """
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        _check_server(connection)
        _create_extension(connection)
        command.upgrade(alembic_configuration(connection), "head")


def alembic_configuration(connection: Connection) -> Config:
    """Alembic's configuration for this package's migrations over an open connection."""
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    configuration.attributes["connection"] = connection
    return configuration


def _check_server(connection: Connection) -> None:
    version = connection.scalar(text("SHOW server_version_num"))
    if int(version) < _OLDEST_SERVER:
        raise ConfigurationError(f"the database server is of version {version}; PostgreSQL 15 or newer is needed")


def _create_extension(connection: Connection) -> None:
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
    except DBAPIError as error:
        raise ConfigurationError(
            "the database has no extension vector and this user cannot create it; have an administrator install "
            f"pgvector and run CREATE EXTENSION vector: {' '.join(str(error.orig).split())}"
        ) from error
    version = str(connection.scalar(text("SELECT extversion FROM pg_extension WHERE extname = 'vector'")))
    if tuple(map(int, version.split(".")[:2])) < _OLDEST_VECTOR:
        raise ConfigurationError(f"the database has pgvector {version}; run ALTER EXTENSION vector UPDATE (0.8 needed)")
