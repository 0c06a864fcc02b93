"""Work for a client that left ends; everybody else's does not."""

import asyncio
from typing import Any

import pytest

from functions.api.middleware import BodyLimit, CancelOnDisconnect, RequestContext, cancel_on_disconnect


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancel_on_disconnect, "_PATIENCE_SECONDS", 0.01)


class Working:
    """An application that reads the body and then needs some time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.cancelled = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        try:
            await asyncio.sleep(self._seconds)
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})


class Client:
    """Sends a body in two parts; leaves when told."""

    def __init__(self) -> None:
        self.leaves = asyncio.Event()
        self.sent: list[Any] = []
        self._parts = [b"a bo", b"dy"]

    async def receive(self) -> dict[str, Any]:
        if self._parts:
            return {"type": "http.request", "body": self._parts.pop(0), "more_body": bool(self._parts)}
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    def asks(self, working: Working) -> asyncio.Task:
        app = RequestContext(BodyLimit(CancelOnDisconnect(working), 100))
        scope = {"type": "http", "method": "POST", "path": "/embed", "headers": [], "query_string": b""}
        return asyncio.ensure_future(app(scope, self.receive, self.send))


def test_a_request_whose_client_left_is_cancelled_and_ends_in_peace() -> None:
    async def scenario() -> None:
        client, working = Client(), Working(30)
        request = client.asks(working)
        await asyncio.sleep(0.05)
        client.leaves.set()
        async with asyncio.timeout(5):
            await request
        assert working.cancelled
        assert client.sent == []
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(scenario())


@pytest.mark.parametrize("seconds", [0, 0.1])
def test_a_request_whose_client_waits_is_answered_and_nothing_goes_on_looking(seconds: float) -> None:
    async def scenario() -> None:
        client, working = Client(), Working(seconds)
        await client.asks(working)
        assert client.sent[-1]["body"] == b"a body"
        await asyncio.sleep(0.05)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(scenario())


def test_a_server_that_ends_its_requests_is_obeyed() -> None:
    async def scenario() -> None:
        request = Client().asks(Working(30))
        await asyncio.sleep(0.05)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request

    asyncio.run(scenario())
