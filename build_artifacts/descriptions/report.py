"""What a run came to, in numbers."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, get_args

from build_artifacts.descriptions.calls import CallLedger
from build_artifacts.descriptions.company import Result, Status


def report(
    results: Sequence[Result], calls: CallLedger, requests: int, unmodified: int, seconds: float
) -> dict[str, Any]:
    """Each company counts under exactly one status; tokens and dollars are the run's, earlier processes included.

    What is unanswered is in `usd` with the most that it can cost: it is in a batch, or its answer was lost on the way.
    """
    cost, statuses = calls.total(), Counter(result.status for result in results)
    return {
        "companies": len(results),
        **{status: statuses[status] for status in get_args(Status)},
        "sources": dict(Counter(result.origin or "none" for result in results)),
        "page_requests": requests,
        "pages_unmodified": unmodified,
        "language_model_requests": cost.requests,
        "language_model_unanswered": cost.unanswered,
        "prompt_tokens": cost.prompt_tokens,
        "completion_tokens": cost.completion_tokens,
        "batches": [batch.id or batch.name for batch in calls.open_batches()],
        "usd": round(cost.usd, 6),
        "seconds": round(seconds, 1),
    }
