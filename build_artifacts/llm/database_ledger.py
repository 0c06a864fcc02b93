"""A ledger in PostgreSQL, shared by all tasks of a run."""

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from leadgen.database.connection import DatabaseUnavailableError
from leadgen.database.schema import LanguageModelCall
from sqlalchemy import Connection, Engine, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from build_artifacts.llm.ledger import Entry, Outcome

log = logging.getLogger(__name__)

_LOCK = 0x11ED6E12
"""The first half of the advisory lock that makes reservations of one run take turns; the run is the second."""
_PATIENCE_SECONDS = 900.0
_LONGEST_PAUSE_SECONDS = 15.0
_AGAIN_SECONDS = 15.0
"""How long a database that was given up is left alone."""
Result = TypeVar("Result")


class DatabaseLedger:
    """Spending of the run `run_id` in the table `language_model_calls`.

    An attempt has a row of its own; the row of the attempt that was answered takes over the question's key. A restart
    of the database is waited for: an answer that was paid for is not lost to it. Raises DatabaseUnavailableError after
    a quarter of an hour without it, and at once from then on, until it is back. Uses one connection of the engine at a
    time.
    """

    def __init__(self, engine: Engine, run_id: int, patience: float = _PATIENCE_SECONDS) -> None:
        self._engine = engine
        self._run_id = run_id
        self._outage = _Outage(patience)

    def stop_waiting(self) -> None:
        """See `Ledger`."""
        self._outage.give_up()

    def find(self, key: str) -> dict[str, Any] | None:
        """See `Ledger`."""
        query = select(LanguageModelCall.answer).where(LanguageModelCall.key == key)
        return self._transaction(lambda connection: connection.execute(query).scalar())

    def reserve(self, entry: Entry, cap: float) -> bool:
        """See `Ledger`."""
        values = {"key": entry.id, "run_id": self._run_id, "purpose": entry.purpose, "model": entry.model}

        def reserve(connection: Connection) -> bool:
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK, self._run_id)))
            if connection.execute(select(LanguageModelCall.key).where(LanguageModelCall.key == entry.id)).scalar():
                return True
            if self._spent(connection) + entry.usd > cap:
                return False
            connection.execute(insert(LanguageModelCall).values(values | {"usd": entry.usd}))
            return True

        return self._transaction(reserve)

    def settle(self, entry: Entry, outcome: Outcome) -> None:
        """See `Ledger`. Where the question was answered twice, the first answer stays and both are paid for."""
        values: dict[str, Any] = {
            "usd": outcome.usd,
            "prompt_tokens": outcome.prompt_tokens,
            "completion_tokens": outcome.completion_tokens,
        }

        def settle(connection: Connection) -> None:
            row = update(LanguageModelCall).where(LanguageModelCall.key == entry.id)
            if outcome.answer is not None:
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK, func.hashtext(entry.key))))
                asked = select(LanguageModelCall.key).where(LanguageModelCall.key == entry.key)
                if connection.execute(asked).scalar() is None:
                    connection.execute(row.values(values | {"key": entry.key, "answer": outcome.answer}))
                    return
            connection.execute(row.values(values))

        self._transaction(settle)

    def release(self, entry: Entry) -> None:
        """See `Ledger`."""
        statement = delete(LanguageModelCall).where(LanguageModelCall.key == entry.id)
        self._transaction(lambda connection: connection.execute(statement))

    def spent(self) -> float:
        """See `Ledger`."""
        return self._transaction(self._spent)

    def _spent(self, connection: Connection) -> float:
        spent = func.sum(LanguageModelCall.usd)
        return float(connection.execute(select(spent).where(LanguageModelCall.run_id == self._run_id)).scalar() or 0)

    def _transaction(self, work: Callable[[Connection], Result]) -> Result:
        """All may be repeated: whether one that was cut off was committed makes no difference."""
        self._outage.check()
        while True:
            try:
                with self._engine.begin() as connection:
                    result = work(connection)
            except DatabaseUnavailableError as error:
                self._outage.wait(error)
            else:
                self._outage.end()
                return result


class _Outage:
    """The database's absence: whoever calls meanwhile waits for the same deadline, not for one after the other."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._hurry = threading.Event()
        self.end()

    def end(self) -> None:
        """The database is there."""
        self._deadline: float | None = None
        self._pause = 0.25
        self._given_up: tuple[float, str] | None = None

    def give_up(self) -> None:
        """End the pause of who waits; nobody waits any more."""
        self._hurry.set()

    def check(self) -> None:
        """Raise again what was raised a moment ago, when waiting had come to its end."""
        if self._given_up is not None and time.monotonic() < self._given_up[0] + _AGAIN_SECONDS:
            raise DatabaseUnavailableError(self._given_up[1])

    def wait(self, error: DatabaseUnavailableError) -> None:
        """Pause before the next attempt; raises the error where there is to be none."""
        now = time.monotonic()
        self._deadline = self._deadline or now + self._patience
        if now > self._deadline or self._hurry.is_set():
            self._given_up = (now, str(error))
            raise error
        log.warning(json.dumps({"step": "ledger", "unavailable": str(error), "again_in_seconds": self._pause}))
        self._hurry.wait(self._pause)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE_SECONDS)
