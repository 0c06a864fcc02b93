"""A language model's endpoint as OpenAI's API describes it, over real HTTP, which answers well or misbehaves on demand.

    with FakeModel(misbehave=every(3, status(500))) as model:
        ... LEADGEN_LLM_BASE_URL=model.url ...
        assert model.most_at_once <= 50

Answers follow from the prompt alone, so that two runs over the same input are answered alike.
"""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from openai_batches import FakeBatches

KEY = "sk-test-0123456789-never-to-be-seen"


@dataclass(frozen=True)
class Reaction:
    """What is done with one request instead of answering it well."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content: str | None = None
    """What the model writes; None is the good answer."""
    finish_reason: str = "stop"
    refusal: str | None = None
    code: str | None = None
    hang: bool = False
    close: bool = False
    body: bytes | None = None
    """The response's body as it is, completion or not."""
    usage: bool = True


Misbehave = Callable[[int, dict[str, Any]], Reaction | None]
"""Of the number of the request, from 0, and its JSON body."""


def status(code: int, retry_after: str | None = None, error: str | None = None, **headers: str) -> Reaction:
    """An error; `retry_after` in seconds or as a date."""
    return Reaction(code, headers | ({"Retry-After": retry_after} if retry_after else {}), code=error)


def in_seconds(seconds: float) -> str:
    """The date that `Retry-After` may hold."""
    return formatdate(time.time() + seconds, usegmt=True)


HANG = Reaction(hang=True)
CLOSE = Reaction(close=True)
TRUNCATED = Reaction(content='{"descriptions": [{"id": 0, "ti', finish_reason="length")
REFUSED = Reaction(content="", refusal="I cannot help with that.")
EMPTY = Reaction(content="")
NOT_JSON = Reaction(content="Sure! Here is what you asked for:")
WRONG_SCHEMA = Reaction(content='{"descriptions": [{"id": "zero"}]}')
HUGE = Reaction(content="x" * 8_000_000)
NOT_A_COMPLETION = Reaction(body=b"<html>Please sign in to this network</html>")


def first(count: int, reaction: Reaction) -> Misbehave:
    """The first requests only."""
    return lambda number, _: reaction if number < count else None


def every(nth: int, reaction: Reaction) -> Misbehave:
    """Every nth request, the first among them."""
    return lambda number, _: reaction if number % nth == 0 else None


def always(reaction: Reaction) -> Misbehave:
    """All."""
    return lambda number, _: reaction


@dataclass(frozen=True)
class Seen:
    """A request that came in."""

    at: float
    body: dict[str, Any]
    authorization: str
    status: int

    @property
    def material(self) -> dict[str, Any]:
        return json.loads(self.body["messages"][1]["content"])


class FakeModel:
    """An endpoint at `url` from `with` to its end. `out = True` is an outage: every request fails with a 503."""

    def __init__(
        self,
        answer: Callable[[dict[str, Any]], str] | None = None,
        misbehave: Misbehave | None = None,
        seconds: float = 0.0,
        takes_schema: bool = True,
        headers: dict[str, str] | None = None,
        batches: FakeBatches | None = None,
    ) -> None:
        self.answer = answer or described
        self.misbehave = misbehave or (lambda number, body: None)
        self.seconds = seconds
        self.takes_schema = takes_schema
        self.headers = headers or {}
        self.batches = batches
        """None is an endpoint that has no Batch API."""
        self.out = False
        self.requests: list[Seen] = []
        self.most_at_once = 0
        self.tokens_billed = [0, 0]
        """Of prompts and of answers."""
        self._at_once = 0
        self._number = 0
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def __enter__(self) -> "FakeModel":
        self._server = _Server(("127.0.0.1", 0), self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def usd(self, prompt: float, completion: float) -> float:
        """What was billed, at prices per million tokens."""
        return (self.tokens_billed[0] * prompt + self.tokens_billed[1] * completion) / 1e6

    def react(self, body: dict[str, Any], authorization: str) -> Reaction:
        """What to do with a request; counts it."""
        at = time.monotonic()
        with self._lock:
            number, self._number = self._number, self._number + 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        reaction = self._reaction(number, body)
        with self._lock:
            self.requests.append(Seen(at, body, authorization, reaction.status))
        self._stopping.wait(3600 if reaction.hang else self.seconds)
        return reaction

    def in_batch(self, body: dict[str, Any]) -> tuple[int, dict[str, Any], int, int]:
        """Status and body of a request in a batch, and its tokens."""
        with self._lock:
            number, self._number = self._number, self._number + 1
        reaction = self._reaction(number, body)
        if reaction.status != 200:
            return reaction.status, {"error": {"message": "refused", "code": reaction.code}}, 0, 0
        return 200, *completed(self, reaction, body)

    def done(self) -> None:
        """A request was answered."""
        with self._lock:
            self._at_once -= 1

    def bill(self, prompt: int, completion: int) -> None:
        with self._lock:
            self.tokens_billed[0] += prompt
            self.tokens_billed[1] += completion

    def _reaction(self, number: int, body: dict[str, Any]) -> Reaction:
        if self.out:
            return status(503)
        if not self.takes_schema and "response_format" in body:
            return status(400)
        return self.misbehave(number, body) or Reaction()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], model: FakeModel) -> None:
        super().__init__(address, _Handler)
        self.model = model

    def handle_error(self, *_: object) -> None:
        """A caller that went away, as killed ones do, is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._reply_on_batches(b"")

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.path.endswith("/chat/completions"):
            self._reply_on_batches(content)
            return
        body = json.loads(content)
        model = self.server.model
        reaction = model.react(body, self.headers.get("Authorization", ""))
        try:
            self._reply(model, reaction, body)
        finally:
            model.done()

    def _reply(self, model: FakeModel, reaction: Reaction, body: dict[str, Any]) -> None:
        if reaction.close or reaction.hang:
            self.close_connection = True
            return
        if reaction.status == 200:
            text = reaction.body or _completion(model, reaction, body)
        else:
            # Some endpoints quote the key.
            error = {"message": f"refused {self.headers.get('Authorization')}", "code": reaction.code}
            text = json.dumps({"error": error}).encode()
        self.send_response(reaction.status)
        for name, value in (model.headers | reaction.headers).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _reply_on_batches(self, body: bytes) -> None:
        model, url = self.server.model, urlsplit(self.path)
        status, found = 404, {"error": {"message": "no such path", "code": None}}
        if model.out:
            status, found = 503, {"error": {"message": "out", "code": None}}
        elif model.batches is not None:
            path, kind = url.path.removeprefix("/v1"), self.headers.get("Content-Type", "")
            query = parse_qs(url.query)
            status, found = model.batches.handle(self.command, path, query, body, kind, model.in_batch)
        text = found if isinstance(found, bytes) else json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream" if isinstance(found, bytes) else "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def _completion(model: FakeModel, reaction: Reaction, body: dict[str, Any]) -> bytes:
    found, prompt, completion = completed(model, reaction, body)
    model.bill(prompt, completion)
    return json.dumps(found).encode()


def completed(model: FakeModel, reaction: Reaction, body: dict[str, Any]) -> tuple[dict[str, Any], int, int]:
    """A completion, and the tokens of its prompt and answer."""
    content = model.answer(body) if reaction.content is None else reaction.content
    most = body.get("max_tokens") or body["max_completion_tokens"]
    prompt, completion = len(json.dumps(body)) // 4, min(most, len(content) // 4 + 1)
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    message = {"role": "assistant", "content": content, "refusal": reaction.refusal}
    choice = {"index": 0, "message": message, "finish_reason": reaction.finish_reason}
    known = {"id": "c", "object": "chat.completion", "created": 0, "model": body["model"], "choices": [choice]}
    return known | ({"usage": usage} if reaction.usage else {}), prompt, completion


def described(body: dict[str, Any]) -> str:
    """A title and a summary for every item of a prompt on topics or themes, out of its keywords."""
    items = json.loads(body["messages"][1]["content"])["items"]
    return json.dumps({"descriptions": [_description(item) for item in items]})


def _description(item: dict[str, Any]) -> dict[str, Any]:
    words = item["keywords"][:3] or [word for text in item.get("sentences", []) for word in text.split()][:3]
    title = " ".join(" and ".join(words[:2]).split()[:8]).capitalize()
    return {"id": item["id"], "title": title, "summary": f"Management discusses {', '.join(words)}."}
