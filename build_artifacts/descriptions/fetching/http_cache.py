"""What RFC 9111 lets a private cache do: use a fresh response again, ask whether a stale one still stands."""

import hashlib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

_MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d{1,10})")
_LONGEST_SECONDS = 7 * 86400.0
"""A site that says its page never changes is asked again all the same."""


@dataclass(frozen=True, slots=True)
class Validators:
    """Of a kept response. `fresh_until` in seconds since 1970; until then it is used without a request."""

    etag: str | None
    last_modified: str | None
    fresh_until: float
    digest: str
    """SHA-256 of the body, for servers that know no validators."""

    @property
    def is_fresh(self) -> bool:
        """Whether no request is needed."""
        return time.time() < self.fresh_until

    @property
    def headers(self) -> dict[str, str]:
        """Of a conditional request, RFC 9110, section 13.1."""
        asked = {"If-None-Match": self.etag, "If-Modified-Since": None if self.etag else self.last_modified}
        return {name: value for name, value in asked.items() if value}


def validators(headers: Mapping[str, str], body: bytes) -> Validators:
    """What a response's headers say."""
    digest = hashlib.sha256(body).hexdigest()
    return Validators(headers.get("etag"), headers.get("last-modified"), time.time() + _lifetime(headers), digest)


def _lifetime(headers: Mapping[str, str]) -> float:
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return 0.0
    if found := _MAX_AGE.search(control):
        seconds = float(found[1])
    else:
        try:
            expires = parsedate_to_datetime(headers["expires"]).timestamp()
            seconds = expires - parsedate_to_datetime(headers["date"]).timestamp()
        except (KeyError, ValueError):
            return 0.0
    return min(max(seconds, 0.0), _LONGEST_SECONDS)
