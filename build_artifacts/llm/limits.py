"""How fast to ask: requests and tokens a minute, adapted to what the endpoint says and does.

Headers as https://platform.openai.com/docs/guides/rate-limits describes them. After a 429 both rates fall by a third
and all wait; with every answer they rise again towards their ceiling (additive increase, multiplicative decrease,
https://doi.org/10.1016/0169-7552(89)90019-6).
"""

import re
from collections.abc import Mapping

from build_artifacts.llm.backoff import LONGEST_ASKED_SECONDS
from build_artifacts.llm.clock import Clock
from build_artifacts.llm.token_bucket import TokenBucket

ASSUMED_REQUESTS = 480.0
ASSUMED_TOKENS = 2_000_000.0
"""A minute, until the endpoint's headers say otherwise."""
_FALL = 2 / 3
_RISE = 1 / 100
_LEAST = 1 / 100
"""Of the ceiling."""
_DURATION = re.compile(r"([\d.]+)(ms|s|m|h)")
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class AdaptiveRate:
    """One bucket, its ceiling, and the rate between them."""

    def __init__(self, configured: float | None, assumed: float, clock: Clock) -> None:
        self._configured = configured
        self._ceiling = configured or assumed
        self.bucket = TokenBucket(self._ceiling, clock)

    def slow_down(self) -> None:
        """After a refusal."""
        self.bucket.per_minute = max(self.bucket.per_minute * _FALL, self._ceiling * _LEAST)

    def speed_up(self) -> None:
        """After an answer."""
        self.bucket.per_minute = min(self.bucket.per_minute + self._ceiling * _RISE, self._ceiling)

    def limit(self, announced: str | None) -> None:
        """What a header says is the most a minute; a setting may only be lower."""
        if announced is None or not announced.isdecimal() or not int(announced):
            return
        ceiling = min(self._configured or float(announced), float(announced))
        if ceiling != self._ceiling:
            self.bucket.per_minute = min(self.bucket.per_minute * ceiling / self._ceiling, ceiling)
            self._ceiling = ceiling


class Limits:
    """Both rates, and a pause of all requests that the endpoint asked for."""

    def __init__(self, requests_per_minute: float | None, tokens_per_minute: float | None, clock: Clock) -> None:
        self._clock = clock
        self._requests = AdaptiveRate(requests_per_minute, ASSUMED_REQUESTS, clock)
        self._tokens = AdaptiveRate(tokens_per_minute, ASSUMED_TOKENS, clock)
        self._paused_until = clock.now()

    @property
    def per_minute(self) -> tuple[float, float]:
        """Requests and tokens a minute, as they are now."""
        return self._requests.bucket.per_minute, self._tokens.bucket.per_minute

    async def wait(self, tokens: int) -> None:
        """Until one more request of so many tokens may be sent."""
        seconds = max(self._requests.bucket.take(1), self._tokens.bucket.take(tokens))
        if seconds:
            await self._clock.sleep(seconds)
        while (pause := self._paused_until - self._clock.now()) > 0:
            await self._clock.sleep(pause)

    def answered(self, headers: Mapping[str, str], unused_tokens: int) -> None:
        """An answer came: its headers, and what it was expected to need at most and did not."""
        self._requests.limit(headers.get("x-ratelimit-limit-requests"))
        self._tokens.limit(headers.get("x-ratelimit-limit-tokens"))
        self._pause(_exhausted_seconds(headers))
        self._tokens.bucket.give_back(max(0, unused_tokens))
        self._requests.speed_up()
        self._tokens.speed_up()

    def refused(self, pause: float) -> None:
        """A 429 that asks for a pause; of many at once, the first alone slows the rates down."""
        if self._clock.now() >= self._paused_until:
            self._requests.slow_down()
            self._tokens.slow_down()
        self._pause(pause)

    def _pause(self, seconds: float) -> None:
        self._paused_until = max(self._paused_until, self._clock.now() + seconds)


def _exhausted_seconds(headers: Mapping[str, str]) -> float:
    """Until what the headers say is used up is there again; written like `6m0s` or `20ms`."""
    used_up = [kind for kind in ("requests", "tokens") if headers.get(f"x-ratelimit-remaining-{kind}") == "0"]
    resets = [_DURATION.findall(headers.get(f"x-ratelimit-reset-{kind}", "")) for kind in used_up]
    seconds = [sum(float(number) * _UNIT_SECONDS[unit] for number, unit in reset) for reset in resets]
    return min(max(seconds, default=0.0), LONGEST_ASKED_SECONDS)
