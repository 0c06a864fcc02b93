"""What a run came to, in numbers."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, get_args

from build_artifacts.descriptions.calls import Cost
from build_artifacts.descriptions.company import Result, Status


def report(results: Sequence[Result], cost: Cost, requests: int, unmodified: int, seconds: float) -> dict[str, Any]:
    """Each company counts under exactly one status; tokens and dollars are the run's, earlier processes included."""
    statuses = Counter(result.status for result in results)
    return {
        "companies": len(results),
        **{status: statuses[status] for status in get_args(Status)},
        "sources": dict(Counter(result.origin or "none" for result in results)),
        "page_requests": requests,
        "pages_unmodified": unmodified,
        "language_model_requests": cost.requests,
        "prompt_tokens": cost.prompt_tokens,
        "completion_tokens": cost.completion_tokens,
        "usd": round(cost.usd, 6),
        "seconds": round(seconds, 1),
    }
