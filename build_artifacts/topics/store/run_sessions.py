"""The sessions over which one process, and no other, writes a run."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from leadgen.database.connection import DatabaseUnavailableError
from leadgen.errors import ConfigurationError
from sqlalchemy import Connection, Engine, text

_OWNER = 420_785
_WRITERS = 420_786
"""First halves of two advisory locks' keys, the run's id is the other: any numbers that no one else uses."""
_PAUSE_SECONDS = 0.2
_HOLDERS = text(
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = :lock AND objid = :run_id "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class RunSessions:
    """Transactions of one run, from as many threads as ask for them; the process is the run's only writer.

    One session owns the run by an exclusive lock, and every session that writes holds a shared one. A process becomes
    owner only while nobody else writes, and opens a session for writing only while it is owner. So whoever lost the
    ownership unnoticed, by a broken connection, can at most finish with sessions that keep the next process out.
    """

    def __init__(self, engine: Engine, run_id: int, wait_seconds: float) -> None:
        self._engine = engine
        self._run_id = run_id
        self._wait_seconds = wait_seconds
        self._changing = threading.Lock()
        self._owner: Connection | None = None
        self._idle: list[Connection] = []
        self._writing: dict[Connection, int] = {}

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commits at the end. Raises DatabaseUnavailableError, or ConfigurationError where the run is taken."""
        session = self._lent()
        try:
            with session.begin():
                yield session
        except DatabaseUnavailableError:
            # The others are as dead as this one, most likely.
            session.close()
            with self._changing:
                self._close_idle()
            raise
        finally:
            with self._changing:
                del self._writing[session]
                if not session.closed:
                    self._idle.append(session)

    def close(self) -> None:
        """Give the run up."""
        with self._changing:
            self._close_idle()
            if self._owner is not None:
                _end(self._owner)
                self._owner = None

    def _lent(self) -> Connection:
        with self._changing:
            session = self._idle.pop() if self._idle else self._new_writer()
            self._writing[session] = _process(session)
            return session

    def _new_writer(self) -> Connection:
        if self._owner is None or not self._is_alive(self._owner):
            self._owner = None
            self._owner = self._become_owner()
        session = self._session()
        self._locks(session, "pg_advisory_lock_shared", _WRITERS)
        # Only now: an owner that still is one has been it all the time, so no other process is on its way in.
        if not self._is_alive(self._owner):
            session.close()
            raise DatabaseUnavailableError(f"the database gave run {self._run_id} free; try again")
        return session

    def _become_owner(self) -> Connection:
        deadline = time.monotonic() + self._wait_seconds
        while (owner := self._owner_if_free()) is None:
            if time.monotonic() >= deadline:
                raise ConfigurationError(
                    f"another process works on run {self._run_id}; let it finish, or stop it and start again"
                )
            time.sleep(_PAUSE_SECONDS)
        return owner

    def _owner_if_free(self) -> Connection | None:
        session = self._session()
        if self._locks(session, "pg_try_advisory_lock", _OWNER) and not self._others_write(session):
            return session
        _end(session)
        return None

    def _others_write(self, session: Connection) -> bool:
        """Whether another process still writes; sessions of this one that are broken are not among those that do."""
        writers = set(session.scalars(_HOLDERS, {"lock": _WRITERS, "run_id": self._run_id}))
        session.commit()
        return not writers <= set(self._writing.values())

    def _is_alive(self, session: Connection) -> bool:
        try:
            session.scalar(text("SELECT 1"))
            session.commit()
        except DatabaseUnavailableError:
            session.close()
            return False
        return True

    def _session(self) -> Connection:
        session = self._engine.connect()
        # Out of the pool: closing it ends the session, and the pool can lend as many as before.
        session.detach()
        return session

    def _locks(self, session: Connection, function: str, lock: int) -> bool:
        statement = text(f"SELECT {function}(:lock, :run_id)")
        locked = session.scalar(statement, {"lock": lock, "run_id": self._run_id})
        session.commit()
        return locked is True

    def _close_idle(self) -> None:
        """To be called with `_changing` held."""
        while self._idle:
            _end(self._idle.pop())


def _process(session: Connection) -> int:
    """Number of the server's process that serves the session."""
    driver: Any = session.connection.dbapi_connection
    pid: int = driver.info.backend_pid
    return pid


def _end(session: Connection) -> None:
    """Unlock and close: the server notices the end of a session a moment later."""
    with suppress(DatabaseUnavailableError):
        session.execute(text("SELECT pg_advisory_unlock_all()"))
    session.close()
