"""The language model's ledger, and what it tells of one company."""

import math
import sqlite3
import uuid
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from build_artifacts.llm import AnswerPendingError
from build_artifacts.llm.batches import BatchLedger
from build_artifacts.llm.ledger import Entry

_SHARE_NOT_KEPT = 1 / 20
"""Of the cap: the most that is spent between two times that the ledger is brought to where it outlasts the machine."""
_VIEW = """
CREATE VIEW IF NOT EXISTS usage AS
SELECT call.id, call.run, prompt_tokens, completion_tokens, usd, batch.id AS batch
FROM call LEFT JOIN batch ON batch.name = call.batch
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of all requests of one question, or of a run; retries included."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float = 0.0
    unanswered: int = 0
    """Requests whose answers have not come, and may have been charged: they cost the most that they can."""
    batch: str | None = None
    """One that a request was in."""


class CallLedger(BatchLedger):
    """Attempts have the id `key:…` until one is answered and takes over the key.

    `keep` brings the ledger, with what may be spent until it is called again, to where it outlasts this machine.
    """

    def __init__(self, path: Path, run: str, keep: Callable[[float], None] | None = None) -> None:
        super().__init__(path, run)
        self._keep = keep
        self._allowed = 0.0
        self._connection.execute(_VIEW)
        query = "SELECT id FROM call WHERE run = ? AND answer IS NULL AND (prompt_tokens IS NULL OR batch IS NULL)"
        left = {str(attempt).partition(":")[0] for (attempt,) in self._connection.execute(query, (run,))}
        self.cut_off = frozenset(key for key in left if self.find(key) is None and not self.is_waiting(key))
        """Questions of this run that were under way when an earlier process of it ended, or got no usable answer.

        They may have been answered and charged, and nobody knows: asking again could pay for them twice.
        """

    def reserve(self, entry: Entry, cap: float) -> bool:
        """See `Ledger`. Raises AnswerPendingError for a question that an open batch holds."""
        if self.is_waiting(entry.key):
            raise AnswerPendingError("the question waits for a batch")
        if self._keep is None:
            return super().reserve(entry, cap)
        if super().reserve(entry, min(cap, self._allowed)):
            return True
        spent = self.spent()
        if self._allowed >= cap or spent + entry.usd > cap:
            return False
        allowed = min(cap, spent + max(entry.usd, cap * _SHARE_NOT_KEPT))
        self._keep(allowed)
        self._allowed = allowed
        return super().reserve(entry, allowed)

    def cost(self, key: str) -> Cost:
        """In all runs."""
        query = "SELECT prompt_tokens, completion_tokens, usd, batch FROM usage WHERE id = ? OR (id > ? AND id < ?)"
        return _summed(self._connection.execute(query, (key, f"{key}:", f"{key};")))

    def total(self) -> Cost:
        """Of this run."""
        query = "SELECT prompt_tokens, completion_tokens, usd, batch FROM usage WHERE run = ?"
        return _summed(self._connection.execute(query, (self._run,)))


def _summed(rows: Iterable[tuple[int | None, int | None, float, str | None]]) -> Cost:
    found = list(rows)
    return Cost(
        requests=len(found),
        prompt_tokens=sum(prompt or 0 for prompt, *_ in found),
        completion_tokens=sum(completion or 0 for _, completion, *_ in found),
        usd=math.fsum(usd for _, _, usd, _ in found),
        unanswered=sum(prompt is None for prompt, *_ in found),
        batch=max((batch for *_, batch in found if batch), default=None),
    )


def count_as_spent(ledger: Path, run: str, allowed: float) -> None:
    """In a copy of a ledger, that of a run may have come to `allowed` USD by the time that somebody reads the copy."""
    with closing(sqlite3.connect(ledger)) as connection, connection:
        (spent,) = connection.execute("SELECT coalesce(sum(usd), 0) FROM call WHERE run = ?", (run,)).fetchone()
        if allowed > spent:
            values = (f"unknown:{uuid.uuid4().hex}", run, allowed - spent)
            connection.execute(
                "INSERT INTO call (id, run, purpose, model, usd) VALUES (?, ?, 'unknown', '', ?)", values
            )
