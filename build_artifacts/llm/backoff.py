"""How long to wait before the next attempt."""

import math
import random
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 20.0
LONGEST_ASKED_SECONDS = 60.0
"""An endpoint that asks for more is answered by trying again after this."""


def pause(attempt: int, headers: Mapping[str, str]) -> float:
    """Seconds before the attempt after `attempt` (from 0): what the endpoint asks for, or a random, growing time.

    "Full jitter", https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/; half of it is kept, so
    that an attempt is never made at once. Jitter is added to what was asked for, too: many were told the same.
    """
    # Spreads requests in time; nothing secret hangs on it.
    jitter = random.random()  # noqa: S311
    asked = retry_after(headers)
    if asked is not None:
        return min(asked, LONGEST_ASKED_SECONDS) + jitter
    return float(min(FIRST_SECONDS * 2**attempt, LONGEST_SECONDS) * (1 + jitter) / 2)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` asks for, given as seconds or as a date (RFC 9110, section 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value) if value[:1].isdigit() else parsedate_to_datetime(value).timestamp() - time.time()
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
