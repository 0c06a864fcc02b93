"""Bring a database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from leadgen.errors import ConfigurationError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

_LOCK = 4_207_849_001
"""Any number, the same in every version: two processes must not migrate at once."""
_OLDEST_SERVER = 150_000
_OLDEST_VECTOR = (0, 8)
"""The first with `hnsw.iterative_scan`, without which a filtered search finds fewer than it should."""
_NOT_ALLOWED = "42501"


def migrate(engine: Engine) -> None:
    """Apply all migrations that the database lacks, in one transaction; one process at a time, the others wait.

    Raises ConfigurationError where the server is older than PostgreSQL 15, or has no pgvector of 0.8 or newer that
    this user can use, and where migrations are needed that this user may not apply, or that only a newer version of
    this program knows.
    """
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        _check_server(connection)
        _create_extension(connection)
        _upgrade(connection)


def alembic_configuration(connection: Connection) -> Config:
    """Alembic's configuration for this package's migrations over an open connection."""
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    configuration.attributes["connection"] = connection
    return configuration


def _upgrade(connection: Connection) -> None:
    try:
        command.upgrade(alembic_configuration(connection), "head")
    except CommandError as error:
        raise ConfigurationError(
            f"a newer version of leadgen prepared the database, install that one: {error}"
        ) from error
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _NOT_ALLOWED:
            raise
        raise ConfigurationError(
            "the database lacks the newest tables or columns, and this user may not make them; run `leadgen database "
            f"prepare` as the owner of the database: {' '.join(str(error.orig).split())}"
        ) from error


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
