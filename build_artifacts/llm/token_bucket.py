"""A token bucket whose rate may change while it is used.

https://en.wikipedia.org/wiki/Token_bucket, as a meter: taking more than there is leaves a debt, and the debt says how
long to wait. Whoever comes later waits longer, so nobody is overtaken.
"""

from build_artifacts.llm.clock import Clock

_BURST_SECONDS = 1.0
"""What may be taken at once. Little, so that no minute holds much more than a minute's worth."""


class TokenBucket:
    """`per_minute` units flow in evenly."""

    def __init__(self, per_minute: float, clock: Clock) -> None:
        self._clock = clock
        self._per_second = per_minute / 60
        self._level = self._capacity
        self._filled_at = clock.now()

    @property
    def per_minute(self) -> float:
        """The rate now."""
        return self._per_second * 60

    @per_minute.setter
    def per_minute(self, rate: float) -> None:
        self._fill()
        self._per_second = rate / 60
        self._level = min(self._level, self._capacity)

    @property
    def _capacity(self) -> float:
        return max(1.0, self._per_second * _BURST_SECONDS)

    def _fill(self) -> None:
        now = self._clock.now()
        self._level = min(self._capacity, self._level + (now - self._filled_at) * self._per_second)
        self._filled_at = now

    def take(self, amount: float) -> float:
        """Take `amount`; the seconds to wait before using it."""
        self._fill()
        self._level -= amount
        return max(0.0, -self._level / self._per_second)

    def give_back(self, amount: float) -> None:
        """Return what was taken and not used."""
        self._fill()
        self._level = min(self._capacity, self._level + amount)
