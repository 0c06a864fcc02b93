"""One request to an ASGI application, without a server."""

import asyncio
from collections.abc import Mapping
from typing import Any


class Answered:
    """Status, headers and body; the scope as the application left it."""

    def __init__(self, messages: list[dict[str, Any]], scope: dict[str, Any]) -> None:
        self.status = messages[0]["status"]
        self.headers = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
        self.body = b"".join(message.get("body", b"") for message in messages[1:])
        self.scope = scope


def ask(app: Any, path: str = "/score_lead", headers: Mapping[str, str] | None = None, **scope: Any) -> Answered:
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
    whole = {"type": "http", "method": "POST", "path": path, "headers": raw, "query_string": b"", **scope}
    asyncio.run(app(whole, receive, send))
    return Answered(messages, whole)


async def answers(scope: Any, receive: Any, send: Any) -> None:
    """An application that answers everything with 200."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})
