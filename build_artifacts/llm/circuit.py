"""A circuit breaker: an endpoint that is out is not waited for by everybody.

https://martinfowler.com/bliki/CircuitBreaker.html.
"""

from build_artifacts.llm.clock import Clock

_FAILURES = 10
_FAILING_SECONDS = 10.0
_OUT_SECONDS = 30.0


class Circuit:
    """Opens after ten failures in a row over at least ten seconds; half a minute later one request tries again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._failing_since = 0.0
        self._out_until: float | None = None
        self._trying = False

    @property
    def open(self) -> bool:
        """True while the endpoint is taken for out."""
        return self._out_until is not None

    def admit(self) -> bool:
        """Whether a request may be sent now. Whoever is admitted tells how it went, or `abandon`s it."""
        if self._out_until is None:
            return True
        if self._trying or self._clock.now() < self._out_until:
            return False
        self._trying = True
        return True

    def succeeded(self) -> None:
        """The endpoint answers."""
        self._failures, self._out_until, self._trying = 0, None, False

    def failed(self, started_at: float) -> None:
        """A request that was sent at `started_at` failed; a hanging one counts from then."""
        if not self._failures:
            self._failing_since = started_at
        self._failures += 1
        self._failing_since = min(self._failing_since, started_at)
        lasting = self._clock.now() - self._failing_since >= _FAILING_SECONDS
        if self._trying or (self._failures >= _FAILURES and lasting):
            self.out()

    def out(self) -> None:
        """No request before half a minute from now."""
        self._out_until, self._trying = self._clock.now() + _OUT_SECONDS, False

    def abandon(self) -> None:
        """A request ended without telling anything of the endpoint."""
        self._trying = False
