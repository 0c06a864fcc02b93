"""The ledger of a run that asks in batches: what each batch holds, and whether it is known to have been created."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from build_artifacts.llm.ledger import Entry
from build_artifacts.llm.sqlite_ledger import SqliteLedger

_TABLES = """
CREATE TABLE IF NOT EXISTS batch (
    name TEXT PRIMARY KEY, run TEXT NOT NULL, id TEXT, state TEXT NOT NULL, requests INTEGER NOT NULL,
    since REAL NOT NULL
) WITHOUT ROWID;
CREATE VIEW IF NOT EXISTS open_batch AS
SELECT * FROM batch WHERE state IN ('prepared', 'creating', 'submitted');
CREATE VIEW IF NOT EXISTS unanswered AS
SELECT * FROM call WHERE answer IS NULL AND prompt_tokens IS NULL;
"""
_ADD = "INSERT INTO call (id, run, purpose, model, usd, batch) VALUES (?, ?, ?, ?, ?, ?)"
_IS_WAITING = """
SELECT 1 FROM unanswered JOIN open_batch ON open_batch.name = unanswered.batch
WHERE unanswered.id > ? AND unanswered.id < ?
"""
_TIMES_ASKED = """
SELECT count(*) FROM call
WHERE id > ? AND id < ? AND run = ? AND answer IS NULL AND prompt_tokens IS NOT NULL
"""
State = Literal["prepared", "creating", "submitted", "collected", "too_large"]
"""`creating`: the endpoint may or may not have heard of it. The last two are ends."""


@dataclass(frozen=True, slots=True)
class Batch:
    """`name` is ours, and in the batch's metadata; `id` is the endpoint's, once it is known. `since` is Unix time."""

    name: str
    id: str | None
    state: State
    requests: int
    since: float


class BatchLedger(SqliteLedger):
    """A request in a batch is a row of its own, reserved before the batch is created, like that of any other request.

    Its id is `key:name`, so that a question can be in a batch once.
    """

    def __init__(self, path: Path, run: str) -> None:
        super().__init__(path, run)
        self._connection.executescript(_TABLES)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written within, or nothing of it."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def prepare(self, name: str, entries: Sequence[Entry], cap: float) -> int:
        """Reserve the first of them, as many as fit under the cap, for a batch; how many they are."""
        with self.transaction():
            fitting, spent = 0, self.spent()
            for entry in entries:
                spent += entry.usd
                if spent > cap:
                    break
                fitting += 1
            values = [(each.id, self._run, each.purpose, each.model, each.usd, name) for each in entries[:fitting]]
            self._connection.executemany(_ADD, values)
            if fitting:
                batch = (name, self._run, None, "prepared", fitting, time.time())
                self._connection.execute("INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?)", batch)
        return fitting

    def move(self, name: str, state: State, id_: str | None = None) -> None:
        """Change a batch's state; `id_` is the endpoint's name for it."""
        statement = "UPDATE batch SET state = ?, id = coalesce(?, id), since = ? WHERE name = ?"
        self._connection.execute(statement, (state, id_, time.time(), name))

    def drop(self, name: str) -> None:
        """A batch that was never created cost nothing."""
        with self.transaction():
            self._connection.execute("DELETE FROM call WHERE batch = ?", (name,))
            self._connection.execute("DELETE FROM batch WHERE name = ?", (name,))

    def open_batches(self) -> list[Batch]:
        """Those of all runs whose answers are not here yet, the oldest first."""
        query = "SELECT name, id, state, requests, since FROM open_batch ORDER BY since, name"
        return [Batch(*row) for row in self._connection.execute(query)]

    def entries(self, name: str) -> list[Entry]:
        """The requests of a batch that wait for their answers."""
        query = "SELECT id, purpose, model, usd FROM unanswered WHERE batch = ?"
        rows = self._connection.execute(query, (name,))
        return [Entry(id_, id_.partition(":")[0], purpose, model, usd) for id_, purpose, model, usd in rows]

    def is_waiting(self, key: str) -> bool:
        """Whether an open batch holds the question."""
        return self._connection.execute(_IS_WAITING, (f"{key}:", f"{key};")).fetchone() is not None

    def times_asked(self, key: str) -> int:
        """How often this run has had an answer to the question that could not be used."""
        row = self._connection.execute(_TIMES_ASKED, (f"{key}:", f"{key};", self._run)).fetchone()
        return int(row[0])

    def smallest_refused(self) -> int | None:
        """Requests in the smallest batch of this run that was more than the endpoint takes at a time."""
        query = "SELECT min(requests) FROM batch WHERE run = ? AND state = 'too_large'"
        found: tuple[int | None] = self._connection.execute(query, (self._run,)).fetchone()
        return found[0]
