"""Keys that callers of a plain server show, where no gateway asks for them."""

import hashlib
import hmac
from collections.abc import Sequence
from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send

from functions.api.problems import problem_response

_DETAIL = "Requests to this API carry a key: `Authorization: Bearer …` or `x-api-key: …`."
_BEARER = b"bearer "
# A load balancer shows no key, and the health check says nothing of anybody.
_OPEN = "/health"


class ApiKeys:
    """Lets a request pass whose `Authorization: Bearer` (RFC 6750) or `x-api-key` is one of the keys."""

    def __init__(self, app: ASGIApp, keys: Sequence[str]) -> None:
        self._app = app
        self._digests = [_digest(key.encode()) for key in keys]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 401 with the scheme that would be accepted (RFC 9110, 11.6.1)."""
        if scope["type"] != "http" or is_open(scope) or self._known(scope):
            await self._app(scope, receive, send)
            return
        headers = {"WWW-Authenticate": 'Bearer realm="leadgen"'}
        await problem_response(scope, HTTPStatus.UNAUTHORIZED, _DETAIL, headers=headers)(scope, receive, send)

    def _known(self, scope: Scope) -> bool:
        """Digests are compared, each in constant time and all of them: how long it takes says nothing of a key."""
        shown = _digest(shown_key(scope))
        return sum(hmac.compare_digest(shown, digest) for digest in self._digests) > 0


def shown_key(scope: Scope) -> bytes:
    """The key that a request shows; nothing where it shows none."""
    for name, value in scope["headers"]:
        if name == b"x-api-key":
            return bytes(value)
        if name == b"authorization" and value[: len(_BEARER)].lower() == _BEARER:
            return bytes(value[len(_BEARER) :].strip())
    return b""


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


def is_open(scope: Scope) -> bool:
    """Whether a request is the health check, which needs no key and is not counted."""
    return str(scope["path"]).removeprefix(scope.get("root_path", "")) == _OPEN
