"""So many requests a minute from one caller."""

import math
import time
from collections import OrderedDict
from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send

from functions.api.middleware.api_keys import is_open, shown_key
from functions.api.problems import problem_response

_MINUTE = 60.0
_MOST_CALLERS = 10_000


class RateLimit:
    """Counts by key, inside `ApiKeys`, or by address; a minute's requests may come at once, then one each interval.

    The generic cell rate algorithm (ITU-T I.371, annex A): one number a caller, when its next request would be due.
    Of very many callers those seen last are remembered.
    """

    def __init__(self, app: ASGIApp, per_minute: int, *, by_key: bool) -> None:
        self._app = app
        self._per_minute = per_minute
        self._interval = _MINUTE / per_minute
        self._by_key = by_key
        self._due: OrderedDict[bytes | str, float] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 429 with the time after which the next request would be taken (RFC 6585, 4)."""
        wait = 0.0 if scope["type"] != "http" or is_open(scope) else self._wait(self._caller(scope))
        if wait <= 0:
            await self._app(scope, receive, send)
            return
        seconds = str(math.ceil(wait))
        detail = f"This API takes {self._per_minute} requests a minute from one caller; try again in {seconds} s."
        refusal = problem_response(scope, HTTPStatus.TOO_MANY_REQUESTS, detail, headers={"Retry-After": seconds})
        await refusal(scope, receive, send)

    def _caller(self, scope: Scope) -> bytes | str:
        if self._by_key:
            return shown_key(scope)
        return scope["client"][0] if scope.get("client") else ""

    def _wait(self, caller: bytes | str) -> float:
        """Seconds until this request may come; none, and it is counted, where it may come now."""
        now = time.monotonic()
        due = max(self._due.get(caller, now), now)
        wait = due - now - (_MINUTE - self._interval)
        # A sum of intervals is a rounding error away from the minute.
        if wait > self._interval / 1000:
            return wait
        self._due[caller] = due + self._interval
        self._due.move_to_end(caller)
        if len(self._due) > _MOST_CALLERS:
            self._due.popitem(last=False)
        return 0.0
