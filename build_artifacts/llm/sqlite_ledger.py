"""A ledger in a file."""

import json
import sqlite3
from pathlib import Path
from typing import Any

from leadgen.errors import InputError

from build_artifacts.llm.ledger import Entry, Outcome

_TABLE = """
CREATE TABLE IF NOT EXISTS call (
    id TEXT PRIMARY KEY, run TEXT NOT NULL, purpose TEXT NOT NULL, model TEXT NOT NULL, usd REAL NOT NULL,
    prompt_tokens INTEGER, completion_tokens INTEGER, answer TEXT, called_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    batch TEXT
) WITHOUT ROWID
"""
_RESERVE = """
INSERT INTO call (id, run, purpose, model, usd)
SELECT :id, :run, :purpose, :model, :usd
WHERE (SELECT coalesce(sum(usd), 0) FROM call WHERE run = :run) + :usd <= :cap
"""
_SETTLE = """
UPDATE OR IGNORE call SET id = :key, usd = :usd, prompt_tokens = :prompt_tokens,
    completion_tokens = :completion_tokens, answer = :answer WHERE id = :id
"""


class SqliteLedger:
    """Spending of `run`, next to that of others in the same file; several processes may use it at once.

    Raises InputError for a file that is no ledger.
    """

    def __init__(self, path: Path, run: str) -> None:
        self._run = run
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            # The language model calls from a thread of its own.
            self._connection = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            # A reservation has to outlast the machine, too.
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute(_TABLE)
            self._add_column_of_batches()
            self._connection.execute("CREATE INDEX IF NOT EXISTS call_run ON call (run, usd)")
        except sqlite3.Error as error:
            raise InputError(f"the ledger of language model calls {path} cannot be used: {error}") from error

    def _add_column_of_batches(self) -> None:
        """Files that were made before there were batches lack it."""
        if not any(row[1] == "batch" for row in self._connection.execute("PRAGMA table_info(call)")):
            self._connection.execute("ALTER TABLE call ADD COLUMN batch TEXT")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def stop_waiting(self) -> None:
        """See `Ledger`. A file is never away."""

    def find(self, key: str) -> dict[str, Any] | None:
        """See `Ledger`."""
        row = self._connection.execute("SELECT answer FROM call WHERE id = ?", (key,)).fetchone()
        return None if row is None else json.loads(row[0])

    def reserve(self, entry: Entry, cap: float) -> bool:
        """See `Ledger`. One statement, so that no other process reserves between the sum and the row."""
        values = {"id": entry.id, "run": self._run, "purpose": entry.purpose, "model": entry.model}
        return self._connection.execute(_RESERVE, values | {"usd": entry.usd, "cap": cap}).rowcount == 1

    def settle(self, entry: Entry, outcome: Outcome) -> None:
        """See `Ledger`. Where the question was answered twice, the first answer stays and both are paid for."""
        values = {
            "id": entry.id,
            "usd": outcome.usd,
            "prompt_tokens": outcome.prompt_tokens,
            "completion_tokens": outcome.completion_tokens,
        }
        if outcome.answer is not None:
            answered = values | {"key": entry.key, "answer": json.dumps(outcome.answer)}
            if self._connection.execute(_SETTLE, answered).rowcount:
                return
        self._connection.execute(_SETTLE, values | {"key": entry.id, "answer": None})

    def release(self, entry: Entry) -> None:
        """See `Ledger`."""
        self._connection.execute("DELETE FROM call WHERE id = ?", (entry.id,))

    def spent(self) -> float:
        """See `Ledger`."""
        row = self._connection.execute("SELECT coalesce(sum(usd), 0) FROM call WHERE run = ?", (self._run,)).fetchone()
        return float(row[0])
