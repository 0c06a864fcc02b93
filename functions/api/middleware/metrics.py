"""Metrics of every request as one line that CloudWatch reads: its embedded metric format."""

import json
import os
import resource
import sys
import time
from datetime import datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from functions.api.embedding.measures import EmbeddingMeasures

DUPLICATES = "leadgen.duplicates"
"""Key of the ASGI scope under which a route leaves how many of its leads were duplicates."""
NAMESPACE = "Leadgen"
_UNITS = {
    "Latency": "Milliseconds",
    "Errors5xx": "Count",
    "ColdStarts": "Count",
    "Duplicates": "Count",
    "MemoryUsed": "Megabytes",
    "BundleAge": "None",
}
# Sent only where somebody embeds, the last three only by a server.
_EMBEDDING_UNITS = {
    "EmbeddedTexts": "Count",
    "EmbeddedTokens": "Count",
    "TruncatedTexts": "Count",
    "CacheHits": "Count",
    "BatchTexts": "Count",
    "QueueRefusals": "Count",
    "QueueTimeouts": "Count",
    "WaitingTokens": "Count",
}
# Pings and pages: they would hide how long an operation takes, and each route is a metric to pay for.
_NO_OPERATIONS = frozenset({None, "/", "/health", "/docs", "/docs/oauth2-redirect", "/openapi.json"})
_LEFT = 499
# Counted in KiB, on macOS in bytes.
_MAXRSS_OF_A_MB = 1024**2 if sys.platform == "darwin" else 1024


class Metrics:
    """Writes to standard output; a count of 0 is left out, because CloudWatch bills by metric and hour.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    By service and route: `Latency` of operations, whose sample count is the number of requests. By service: that,
    `Errors5xx`, `ColdStarts`, `Duplicates`, `MemoryUsed` (most so far, MB) and `BundleAge` (hours, of a bundle);
    of embeddings what was counted since the line before.
    """

    def __init__(self, app: ASGIApp, service: str, bundle_created_at: str | None, embedding: EmbeddingMeasures) -> None:
        self._app = app
        self._service = service
        self._embedding = embedding
        self._created = bundle_created_at and datetime.fromisoformat(bundle_created_at).timestamp()
        self._cold = True
        # Which version answers 5xx decides whether a canary goes on.
        self._version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "")

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

        try:
            await self._app(scope, receive, answer)
        except Exception:
            status = 500
            raise
        finally:
            self._write(scope, status, 1000 * (time.perf_counter() - started))

    def _write(self, scope: Scope, status: int, milliseconds: float) -> None:
        """The route's pattern, never the address: an address holds ids."""
        route = getattr(scope.get("route"), "path_format", None)
        now = time.time()
        counts = {
            "Errors5xx": int(status >= 500),
            "ColdStarts": int(self._cold),
            "Duplicates": scope.get(DUPLICATES, 0),
        }
        self._cold = False
        values: dict[str, Any] = {name: count for name, count in counts.items() if count}
        values["MemoryUsed"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MAXRSS_OF_A_MB, 1)
        if self._created:
            values["BundleAge"] = round((now - self._created) / 3600, 2)
        values |= self._embedding.since_last()
        directives = []
        if route not in _NO_OPERATIONS:
            values["Latency"] = round(milliseconds, 2)
            directives.append(_directive(["Service", "Route"], ["Latency"]))
        directives.append(_directive(["Service"], list(values)))
        about = {"Timestamp": int(1000 * now), "CloudWatchMetrics": directives}
        names = {"Service": self._service, "Version": self._version, "Route": route or "unmatched"}
        line = {"_aws": about, **names, "Status": status, **values}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def _directive(dimensions: list[str], names: list[str]) -> dict[str, Any]:
    units = _UNITS | _EMBEDDING_UNITS
    metrics = [{"Name": name, "Unit": units[name]} for name in names]
    return {"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics}
