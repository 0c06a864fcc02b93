"""What every request passes through: limits, ids, safe headers, and an end without a stack trace."""

import asyncio
import json
import logging
from collections.abc import Iterable
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from functions.api.json_log import JsonFormatter
from functions.api.json_response import JsonAnswer
from functions.api.middleware import BodyLimit, RequestContext

SECRET = "ada@private.example"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    body = await Request(scope, receive).body()
    await Response(body)(scope, receive, send)


async def broken(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError(SECRET)


def call(app: Any, chunks: Iterable[bytes] = (b"",), headers: Iterable[tuple[bytes, bytes]] = ()) -> tuple[Any, bytes]:
    """The answer's start message and body."""
    waiting, sent = list(chunks), []

    async def receive() -> dict[str, Any]:
        body = waiting.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/x", "headers": list(headers), "query_string": b""}
    asyncio.run(app(scope, receive, send))
    return sent[0], b"".join(message.get("body", b"") for message in sent[1:])


def test_a_body_within_the_limit_arrives_whole() -> None:
    start, body = call(BodyLimit(echo, 10), [b"12345", b"", b"67890"])
    assert start["status"] == 200
    assert body == b"1234567890"


def test_a_chunk_beyond_the_limit_is_the_last_one_read() -> None:
    chunks = [b"12345", b"678901", b"never read"]
    start, body = call(BodyLimit(echo, 10), chunks)
    assert start["status"] == 413
    assert json.loads(body)["status"] == 413


def test_an_announced_length_beyond_the_limit_is_refused_unread() -> None:
    start, _ = call(BodyLimit(echo, 10), [], [(b"content-length", b"11")])
    assert start["status"] == 413


def test_an_unexpected_error_is_a_problem_without_its_message(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "leadgen.api"):
        start, body = call(RequestContext(broken))
    assert start["status"] == 500
    assert json.loads(body)["request_id"] == dict(start["headers"])[b"x-request-id"].decode()
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert SECRET not in body.decode() + "".join(lines)
    error, request = map(json.loads, lines)
    assert error["error"] == "RuntimeError"
    assert any("broken" in frame for frame in error["stack"])
    assert request["status"] == 500


def test_an_exception_in_the_log_is_a_type_without_a_text() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        import sys

        record = logging.LogRecord("x", logging.ERROR, "", 1, "failed", None, sys.exc_info())
    line = JsonFormatter().format(record)
    assert SECRET not in line
    assert json.loads(line)["error"] == "ValueError"


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ({"a": float("nan"), "b": [float("inf")]}, {"a": None, "b": [None]}),
        ({"ü": "🦄"}, {"ü": "🦄"}),
        ({"half": "\ud83e"}, {"half": "\ud83e"}),
    ],
)
def test_an_answer_is_always_json(content: Any, body: Any) -> None:
    assert json.loads(JsonAnswer(content).body) == body
