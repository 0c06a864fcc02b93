"""The language model's ledger, and what it tells of one company."""

from dataclasses import dataclass
from pathlib import Path

from build_artifacts.llm import SqliteLedger


@dataclass(frozen=True, slots=True)
class Cost:
    """Of all requests of one question, retries included."""

    requests: int
    prompt_tokens: int
    completion_tokens: int
    usd: float


class CallLedger(SqliteLedger):
    """Attempts have the id `key:…` until one is answered and takes over the key."""

    def __init__(self, path: Path, run: str) -> None:
        super().__init__(path, run)
        query = "SELECT id FROM call WHERE run = ? AND prompt_tokens IS NULL AND answer IS NULL"
        left = {str(attempt).partition(":")[0] for (attempt,) in self._connection.execute(query, (run,))}
        self.cut_off = frozenset(key for key in left if self.find(key) is None)
        """Questions of this run that were under way when an earlier process of it ended, or got no answer in time.

        They may have been answered and charged, and nobody knows: asking again could pay for them twice.
        """

    def cost(self, key: str) -> Cost:
        """In all runs."""
        query = (
            "SELECT count(*), coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0), "
            "coalesce(sum(usd), 0) FROM call WHERE id = ? OR (id > ? AND id < ?)"
        )
        return Cost(*self._connection.execute(query, (key, f"{key}:", f"{key};")).fetchone())

    def total(self) -> Cost:
        """Of this run."""
        query = (
            "SELECT count(*), coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0), "
            "coalesce(sum(usd), 0) FROM call WHERE run = ?"
        )
        return Cost(*self._connection.execute(query, (self._run,)).fetchone())
