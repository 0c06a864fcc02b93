"""Engines for reading and writing: where the server is, what a session may do, and one error when it is away."""

from collections.abc import Mapping
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext

from leadgen.errors import ConfigurationError, LeadgenError

from .address import Address, read_address

_PASSING_FAILURES = ("starting up", "shutting down", "recovery", "too many", "connection slots", "terminating")
_CONNECTION_LOST = ("08", "57P0", "25P03")
"""SQLSTATE class 08 is a broken connection; 57P01 to 57P05 and 25P03 end the session from the server's side."""
_CLIENT: dict[str, Any] = {
    "application_name": "leadgen", "connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10,
    "keepalives_count": 3, "tcp_user_timeout": 60_000,
}  # fmt: skip
# A machine that is taken away says no goodbye: without these its session, and the locks it holds, live for two hours.
_SERVER_KEEPALIVES = "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"


class DatabaseUnavailableError(LeadgenError):
    """The server is away, or a connection was lost: what was not committed is undone and may be tried again whole."""


def connect(url: str, *, read_only: bool = False, pool_size: int = 4, statement_seconds: float | None = None) -> Engine:
    """An engine for a database; nothing is opened yet, the first connection starts an embedded server.

    `url` is `postgresql://…`, `rds-iam://…` or `embedded:FOLDER` (see `read_address`). Sessions of a `read_only`
    engine have read-only transactions by default and no statement of them runs longer than `statement_seconds`
    (10 for readers, no limit for writers). A pool holds `pool_size` connections and opens no more; each is probed
    before it is lent, so an engine outlives a restart of its server.

    Raises ConfigurationError for a URL that cannot be used. Connections raise ConfigurationError where the server
    refuses the user, and DatabaseUnavailableError where it cannot be reached or is lost in the middle.
    """
    address = read_address(url)
    setup = _session(read_only, 10.0 if read_only and statement_seconds is None else statement_seconds)
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: _open(address, setup),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=30,
        pool_pre_ping=True,
        # An error would quote them, and with them sentences.
        hide_parameters=True,
    )
    event.listen(engine, "handle_error", _name_lost_connections)
    return engine


def is_connection_lost(error: BaseException | None) -> bool:
    """Whether a driver's error means that the connection is gone, rather than that the statement is wrong."""
    if not isinstance(error, psycopg.OperationalError):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(_CONNECTION_LOST)


def lost(error: BaseException) -> DatabaseUnavailableError:
    """What to raise for a driver's error that `is_connection_lost`."""
    return DatabaseUnavailableError(
        f"the database is away, what was under way is undone; try again: {_one_line(error)}"
    )


def _session(read_only: bool, statement_seconds: float | None) -> str:  # noqa: FBT001
    settings = [_SERVER_KEEPALIVES]
    if read_only:
        settings.append("SET default_transaction_read_only = on; SET idle_in_transaction_session_timeout = '60s'")
    if statement_seconds is not None:
        settings.append(f"SET statement_timeout = {round(statement_seconds * 1000)}")
    return "; ".join(settings)


def _open(address: Address, setup: str) -> psycopg.Connection[Any]:
    parameters = address.parameters()
    try:
        connection = psycopg.connect("", **{**_CLIENT, **parameters})
        connection.execute(setup.encode())
        connection.commit()
    except psycopg.Error as error:
        raise _refused(error, address, parameters) from None
    return connection


def _refused(error: psycopg.Error, address: Address, parameters: Mapping[str, Any]) -> LeadgenError:
    """The driver's error as ours; its chain is cut by the caller, because it may tell the password."""
    reason = _one_line(error)
    if parameters.get("password"):
        reason = reason.replace(str(parameters["password"]), "***")
    passing = "FATAL" not in reason or any(word in reason for word in _PASSING_FAILURES)
    if passing and is_connection_lost(error) and "certificate" not in reason and "SSL" not in reason:
        return DatabaseUnavailableError(f"the database {address} cannot be reached: {reason}")
    return ConfigurationError(f"the database {address} refuses the connection, check LEADGEN_DATABASE_URL: {reason}")


def _name_lost_connections(context: ExceptionContext) -> DatabaseUnavailableError | None:
    """What is raised in place of the driver's error; the pool throws its connections away as it would without."""
    original = context.original_exception
    return lost(original) if not context.is_pre_ping and is_connection_lost(original) else None


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
