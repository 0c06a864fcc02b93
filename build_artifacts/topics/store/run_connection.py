"""The one connection over which a run is written."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from leadgen.database.connection import DatabaseUnavailableError
from leadgen.errors import ConfigurationError
from sqlalchemy import Connection, Engine, text

_LOCK_SPACE = 420_785
"""First half of the advisory lock's key, the run's id is the other: any number that no one else uses."""
_PAUSE_SECONDS = 0.5


class RunConnection:
    """Transactions of one run, one at a time, over the session that holds the run's advisory lock.

    The lock ends with the session, so whoever lost it cannot write: two processes never work on one run, not even
    after a connection broke unnoticed. The next transaction after a break takes the lock anew.
    """

    def __init__(self, engine: Engine, run_id: int, wait_seconds: float) -> None:
        self._engine = engine
        self._run_id = run_id
        self._wait_seconds = wait_seconds
        self._one_at_a_time = threading.RLock()
        self._connection: Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commits at the end. Raises DatabaseUnavailableError, or ConfigurationError where the run is taken."""
        with self._one_at_a_time:
            connection = self._connection = self._connection or self._locked()
            try:
                with connection.begin():
                    yield connection
            except DatabaseUnavailableError:
                self.close()
                raise

    def close(self) -> None:
        """End the session, and with it the lock."""
        with self._one_at_a_time:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _locked(self) -> Connection:
        connection = self._engine.connect()
        # Out of the pool: closing it ends the session, and the pool can lend as many as before.
        connection.detach()
        deadline = time.monotonic() + self._wait_seconds
        query = text("SELECT pg_try_advisory_lock(:space, :run_id)")
        try:
            while not connection.scalar(query, {"space": _LOCK_SPACE, "run_id": self._run_id}):
                if time.monotonic() >= deadline:
                    raise ConfigurationError(
                        f"another process works on run {self._run_id}; let it finish, or stop it and start again"
                    )
                time.sleep(_PAUSE_SECONDS)
            connection.commit()
        except BaseException:
            connection.close()
            raise
        return connection
