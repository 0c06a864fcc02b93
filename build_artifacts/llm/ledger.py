"""The ledger: what was spent, what may be spent yet, and the answers that were paid for."""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """A request about to be sent. `key` is its question's; `id` names this attempt alone."""

    id: str
    key: str
    purpose: str
    model: str
    usd: float
    """The most that it can cost."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a request came to. `answer` is None where the answer could not be used."""

    usd: float
    prompt_tokens: int | None
    completion_tokens: int | None
    answer: dict[str, Any] | None


class Ledger(Protocol):
    """Spending of one run, kept where a killed process cannot lose it.

    A reservation counts as spent until it is settled or released; a process that is killed in between leaves it
    counting, because the endpoint may have charged for it. An answer is found by every run.
    """

    def find(self, key: str) -> dict[str, Any] | None:
        """The answer to a question that was asked before."""

    def reserve(self, entry: Entry, cap: float) -> bool:
        """Count `entry.usd` as spent, unless the run would then have spent more than `cap` USD: False."""

    def settle(self, entry: Entry, outcome: Outcome) -> None:
        """Replace a reservation by what the request cost, and keep its answer."""

    def release(self, entry: Entry) -> None:
        """Remove the reservation of a request that cost nothing."""

    def spent(self) -> float:
        """USD that the run has spent or reserved, by all its processes."""

    def stop_waiting(self) -> None:
        """Raise where the ledger is away, from now on, instead of waiting for it; callable from any thread."""
