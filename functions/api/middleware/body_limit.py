"""Refuse a body that is too large before any of it is parsed."""

from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from functions.api.problems import problem_response


class BodyLimit:
    """Reads the body, at most `limit` bytes of it, whether its length is announced or it comes in chunks."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 413 itself, and closes the connection: what is still to come is not wanted."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        body = None if _announced(scope) > self._limit else await self._read(receive)
        if body is None:
            detail = f"The body is larger than {self._limit} bytes; send fewer leads or shorter texts at once."
            refusal = problem_response(
                scope, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, headers={"Connection": "close"}
            )
            await refusal(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return b"".join(chunks)
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > self._limit:
                return None
            if not message.get("more_body", False):
                return b"".join(chunks)


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
