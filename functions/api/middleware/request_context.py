"""An id, a line in the log, safe headers and a last resort for every request."""

import logging
import re
import time
import traceback
from http import HTTPStatus
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from functions.api.problems import REQUEST_ID, problem_response

_log = logging.getLogger("leadgen.api")
_GIVEN_ID = re.compile(rb"[A-Za-z0-9._:=+/-]{1,128}")
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
]
_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_CDN = b"'unsafe-inline' https://cdn.jsdelivr.net"
# As nginx logs it: the client left before there was an answer.
_LEFT = 499
_DOCS_POLICY = (
    b"content-security-policy",
    b"default-src 'none'; connect-src 'self'; frame-ancestors 'none'; img-src https: data:; script-src %b; style-src %b"
    % (_CDN, _CDN),
)


class RequestContext:
    """Outside of all but the metrics: what it does holds for every answer, those of the other middleware included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Turns an exception that nobody caught into a problem 500, if no answer has begun."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        identifier = scope[REQUEST_ID] = _request_id(scope)
        headers = [*_HEADERS, _DOCS_POLICY if scope["path"].endswith("/docs") else _POLICY]
        headers.append((b"x-request-id", identifier.encode()))
        status, sent = 0, 0

        async def answer(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *headers]
            else:
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception as error:
            _report(error, identifier)
            if status:
                raise
            detail = f"The server made an error; its log has it under the request id {identifier}."
            await problem_response(scope, HTTPStatus.INTERNAL_SERVER_ERROR, detail)(scope, receive, answer)
        finally:
            _write_line(scope, identifier, status, sent, time.perf_counter() - started)


def _request_id(scope: Scope) -> str:
    """The caller's own, Lambda's, or a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN_ID.fullmatch(value):
            return str(value, "ascii")
    context = scope.get("aws.context")
    return str(getattr(context, "aws_request_id", "") or uuid4())


def _report(error: Exception, identifier: str) -> None:
    """Where it happened and of what type; its message may quote the request, so it is left out."""
    frames = traceback.extract_tb(error.__traceback__)
    stack = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    fields = {"request_id": identifier, "error": type(error).__name__, "stack": stack}
    _log.error("unexpected error", extra={"fields": fields})


def _write_line(scope: Scope, identifier: str, status: int, sent: int, seconds: float) -> None:
    """The route's pattern instead of the address: an address holds ids, a body holds people."""
    if not _log.isEnabledFor(logging.INFO):
        return
    fields = {
        "request_id": identifier,
        "method": scope["method"],
        "route": getattr(scope.get("route"), "path", None),
        "status": status or _LEFT,
        "milliseconds": round(1000 * seconds, 2),
        "response_bytes": sent,
    }
    _log.info("request", extra={"fields": fields})
