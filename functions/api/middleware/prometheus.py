"""Requests counted for `GET /metrics`."""

import resource
import sys
import time
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from functions.api.exposition import Counter, Gauge, Histogram, Metric

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_UNMATCHED = "unmatched"
_LEFT = 499
_STATM = Path("/proc/self/statm")


class RequestMeasures:
    """Requests of this process since it started; the service is one process, so they are all of them."""

    def __init__(self) -> None:
        labels = ("method", "route", "status")
        self.requests = Counter("leadgen_requests_total", "Requests that were answered; 499: the client left.", labels)
        self.seconds = Histogram("leadgen_request_seconds", "Time that answers took.", _SECONDS, ("route",))
        self.in_progress = 0
        self._started = time.time()

    def metrics(self) -> list[Metric]:
        """All of them, to be printed."""
        return [
            self.requests,
            self.seconds,
            Gauge("leadgen_requests_in_progress", "Requests not yet answered.", lambda: self.in_progress),
            Gauge("process_resident_memory_bytes", "Resident memory.", _resident_bytes),
            Gauge("process_cpu_seconds", "Processor time, user and system.", time.process_time),
            Gauge("process_start_time_seconds", "When the process started, since 1970.", lambda: self._started),
        ]


class CountRequests:
    """Counts every request by its route's pattern, never by its address: an address holds ids."""

    def __init__(self, app: ASGIApp, measures: RequestMeasures) -> None:
        self._app = app
        self._measures = measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Measures until the answer is sent; what raises counts as 500."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), _LEFT

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._measures.in_progress += 1
        try:
            await self._app(scope, receive, answer)
        except Exception:
            status = 500
            raise
        finally:
            self._measures.in_progress -= 1
            route = getattr(scope.get("route"), "path_format", None) or _UNMATCHED
            self._measures.requests.add(labels=(_method(scope), route, str(status)))
            self._measures.seconds.observe(time.perf_counter() - started, (route,))


def _method(scope: Scope) -> str:
    """One of HTTP's own: a caller's inventions would be labels for ever."""
    method = str(scope["method"])
    return method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else "other"


def _resident_bytes() -> float:
    """Now, on Linux; elsewhere the most so far."""
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
