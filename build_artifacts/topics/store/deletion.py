"""Removing a run without keeping readers of other runs waiting."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from leadgen.database.connection import DatabaseUnavailableError
from leadgen.database.schema import Firm, Run, Theme
from sqlalchemy import Connection, delete, text
from sqlalchemy.exc import OperationalError

from build_artifacts.database.partitions import drop_partitions

_LOCK_TIMEOUT = "1s"
"""Readers that come while a partition waits for its table wait behind it."""
_ATTEMPTS = 30
_PAUSE_SECONDS = 2.0
_LOCK_NOT_AVAILABLE = "55P03"


def delete_run_rows(writing: Callable[[], AbstractContextManager[Connection]], run_id: int) -> None:
    """Delete in one of the transactions that `writing` opens: the first in which no reader is in the way.

    Raises DatabaseUnavailableError after a minute and a half without one.
    """
    for _ in range(_ATTEMPTS):
        try:
            with writing() as connection:
                connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
                _delete(connection, run_id)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
        else:
            return
        time.sleep(_PAUSE_SECONDS)
    raise DatabaseUnavailableError(f"run {run_id} is not deleted, because its tables are read all the time; try again")


def _delete(connection: Connection, run_id: int) -> None:
    drop_partitions(connection, run_id)
    for table in (Theme, Firm):
        connection.execute(delete(table).where(table.run_id == run_id))
    connection.execute(delete(Run).where(Run.id == run_id))
