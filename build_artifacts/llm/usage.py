"""What was asked so far, for progress lines and reports."""

from dataclasses import dataclass, field

from build_artifacts.llm.errors import Fault


@dataclass(slots=True)
class Usage:
    """Counts of one process since its start; `usd` is of the whole run."""

    requests: int = 0
    """Sent, retries included."""
    kept: int = 0
    """Questions answered from the ledger, for nothing."""
    retries: int = 0
    refused_429: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float = 0.0
    """Spent or reserved by the run, earlier processes included."""
    waiting: int = 0
    """Questions under way that have no request open: for a place, a rate limit, or the next attempt."""
    in_flight: int = 0
    """Requests that wait for their answer."""
    seconds: float = 0.0
    """From sending a request to its answer, summed over requests."""
    faults: dict[Fault, int] = field(default_factory=dict)
    """Answers that could not be used, by what was wrong."""
    unavailable: int = 0
    """Questions given up because the endpoint does not answer."""
    over_cap: int = 0
    """Questions not asked because of the cap."""
