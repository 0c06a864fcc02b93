"""Where requests are computed."""

import asyncio
import threading
from typing import Any

import pytest
from leadgen.settings import Settings
from starlette.requests import Request
from starlette.responses import Response

from functions.api.computing import Computing


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.api.computing.usable_cores", lambda: 2)


def request(body: bytes = b"{}") -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive)


def computed_beside_the_loop(computing: Computing, *requests: Request) -> list[bool]:
    """Whether each of the requests, which arrive together, was computed in another thread."""

    def compute() -> Response:
        return Response(str(threading.get_ident()))

    async def together() -> list[Response]:
        return await asyncio.gather(*(computing.answer(one, compute) for one in requests))

    return [int(answer.body) != threading.get_ident() for answer in asyncio.run(together())]


def test_a_request_that_is_alone_is_computed_at_once() -> None:
    computing = Computing(Settings())
    for _ in range(2):
        assert computed_beside_the_loop(computing, request()) == [False]


def test_requests_that_arrive_together_leave_the_loop_free() -> None:
    assert any(computed_beside_the_loop(Computing(Settings()), request(), request(), request()))


@pytest.mark.parametrize(
    ("settings", "body"),
    [
        (Settings(threads=1), b"{}"),
        (Settings(dedup_table="claims"), b"{}"),
        (Settings(), b"x" * 5000),
    ],
    ids=["a core is left", "the table of duplicates may be slow", "a long body"],
)
def test_what_may_take_long_is_computed_in_a_thread(settings: Settings, body: bytes) -> None:
    assert computed_beside_the_loop(Computing(settings), request(body)) == [True]


def test_a_request_that_fails_is_no_longer_counted() -> None:
    computing = Computing(Settings())

    def fail() -> Response:
        raise ValueError("bad lead")

    with pytest.raises(ValueError, match="bad lead"):
        asyncio.run(computing.answer(request(), fail))
    assert computed_beside_the_loop(computing, request()) == [False]
