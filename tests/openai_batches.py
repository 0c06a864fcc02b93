"""Files and batches of an endpoint as OpenAI's API describes them, kept in memory, with all that may go wrong.

    with FakeModel(answer, batches=FakeBatches(seconds=1.0, answers=10)) as model:
        ... model.batches.created ...

https://platform.openai.com/docs/api-reference/batch. Answers come in another order than the requests.
"""

import json
import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

Respond = Callable[[dict[str, Any]], tuple[int, dict[str, Any], int, int]]
"""Status and body of a request, and the tokens of its prompt and answer."""
Watch = Callable[[str], None]
"""Is told `upload`, `uploaded`, `create`, `created`, `list`, `retrieve`, `content`, as requests come and are done."""


@dataclass
class FakeBatch:
    """A batch that was created."""

    id: str
    input_file_id: str
    metadata: dict[str, str]
    endpoint: str
    lines: list[dict[str, Any]]
    at: float = field(default_factory=time.time)
    end: str = ""
    """The status that it ended with."""
    codes: list[str] = field(default_factory=list)
    output_file_id: str | None = None
    error_file_id: str | None = None
    completed: int = 0
    failed: int = 0


class FakeBatches:
    """What they do is set at the start, or changed between two runs."""

    def __init__(
        self,
        seconds: float = 0.0,
        answers: int | None = None,
        end: str = "completed",
        most_waiting: int | None = None,
        codes: tuple[str, ...] = (),
        damage: Callable[[list[bytes]], bytes] = b"\n".join,
        counts: bool = True,
        listed_after: float = 0.0,
        page: int = 2,
        refuse_create: tuple[int, ...] = (),
        watch: Watch | None = None,
    ) -> None:
        self.seconds = seconds
        self.answers = answers
        """So many requests of a batch are answered before it ends, as `expired` if there are more."""
        self.end = end
        self.most_waiting = most_waiting
        """Requests in all batches that have not ended."""
        self.codes = codes
        """For which every batch is refused."""
        self.damage = damage
        """The output file, of its lines."""
        self.counts = counts
        self.listed_after = listed_after
        self.page = page
        self.refuse_create = list(refuse_create)
        """Statuses of the next requests to create one, which is created all the same for 500 and above."""
        self.watch = watch or (lambda what: None)
        self.created: dict[str, FakeBatch] = {}
        self.files: dict[str, bytes] = {}
        self.asked: list[dict[str, Any]] = []
        """Bodies of all requests that were answered, well or not."""
        self.tokens_billed = [0, 0]
        self._lock = threading.Lock()

    def usd(self, prompt: float, completion: float) -> float:
        """What was billed, at list prices per million tokens, of which a batch costs half."""
        return (self.tokens_billed[0] * prompt + self.tokens_billed[1] * completion) / 2e6

    def handle(self, method: str, path: str, query: dict[str, list[str]], body: bytes, kind: str, respond: Respond):
        """Status and body of a request below /v1."""
        parts = path.strip("/").split("/")
        if (method, parts) == ("POST", ["files"]):
            return self._upload(body, kind)
        if (method, parts) == ("POST", ["batches"]):
            return self._create(json.loads(body))
        if (method, parts) == ("GET", ["batches"]):
            return self._list(query)
        if method == "GET" and parts[0] == "batches" and parts[1] in self.created:
            self.watch("retrieve")
            with self._lock:
                self._process(self.created[parts[1]], respond)
                return 200, self._shown(self.created[parts[1]])
        if method == "GET" and parts[0] == "files" and parts[1] in self.files:
            self.watch("content")
            return 200, self.files[parts[1]]
        return 404, _error(404)

    def _upload(self, body: bytes, kind: str):
        self.watch("upload")
        message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
        parts = {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}
        assert parts["purpose"].get_payload().strip() == "batch"
        id_ = f"file-{uuid.uuid4().hex}"
        self.files[id_] = parts["file"].get_payload(decode=True)
        self.watch("uploaded")
        return 200, {"id": id_, "object": "file", "bytes": len(body), "created_at": int(time.time()),
                     "filename": parts["file"].get_filename(), "purpose": "batch", "status": "processed"}  # fmt: skip

    def _create(self, wanted: dict[str, Any]):
        self.watch("create")
        refused = self.refuse_create.pop(0) if self.refuse_create else 0
        if 0 < refused < 500:
            return refused, _error(refused)
        lines = [json.loads(line) for line in self.files[wanted["input_file_id"]].splitlines()]
        assert wanted["completion_window"] == "24h"
        assert len({line["custom_id"] for line in lines}) == len(lines)
        assert all(len(line["custom_id"]) <= 64 and line["url"] == wanted["endpoint"] for line in lines)
        batch = FakeBatch(f"batch_{uuid.uuid4().hex}", wanted["input_file_id"], wanted.get("metadata") or {},
                          wanted["endpoint"], lines)  # fmt: skip
        waiting = sum(len(each.lines) for each in self.created.values() if not each.end)
        batch.codes = list(self.codes)
        if self.most_waiting is not None and waiting + len(lines) > self.most_waiting:
            batch.codes = ["token_limit_exceeded"]
        self.created[batch.id] = batch
        self.watch("created")
        return (refused, _error(refused)) if refused else (200, self._shown(batch))

    def _list(self, query: dict[str, list[str]]):
        self.watch("list")
        listed = [each for each in self.created.values() if time.time() - each.at >= self.listed_after][::-1]
        after = query.get("after", [""])[0]
        start = next((place + 1 for place, each in enumerate(listed) if each.id == after), 0)
        page = listed[start : start + self.page]
        more = start + len(page) < len(listed)
        return 200, {"object": "list", "data": [self._shown(each) for each in page], "has_more": more,
                     "first_id": page[0].id if page else None, "last_id": page[-1].id if page else None}  # fmt: skip

    def _process(self, batch: FakeBatch, respond: Respond) -> None:
        if batch.end or time.time() - batch.at < self.seconds:
            return
        if batch.codes:
            batch.end = "failed"
            return
        most = len(batch.lines) if self.answers is None else self.answers
        batch.end = self.end if most >= len(batch.lines) else "expired"
        output, errors = [], []
        for line in batch.lines[:most]:
            status, body, prompt, completion = respond(line["body"])
            self.asked.append(line["body"])
            (output if status == 200 else errors).append(
                _outcome(line["custom_id"], {"status_code": status, "body": body})
            )
            self.tokens_billed = [self.tokens_billed[0] + prompt, self.tokens_billed[1] + completion]
        batch.completed, batch.failed = len(output), len(batch.lines) - len(output)
        gone = {"code": "batch_expired", "message": "This request could not be executed before the completion window."}
        errors += [_outcome(line["custom_id"], None, gone) for line in batch.lines[most:]]
        random.Random(batch.completed).shuffle(output)
        batch.output_file_id = self._keep(self.damage(output)) if output else None
        batch.error_file_id = self._keep(b"\n".join(errors)) if errors else None

    def _keep(self, content: bytes) -> str:
        id_ = f"file-{uuid.uuid4().hex}"
        self.files[id_] = content
        return id_

    def _shown(self, batch: FakeBatch) -> dict[str, Any]:
        age = (time.time() - batch.at) / (self.seconds or 1.0)
        errors = {"object": "list", "data": [{"code": code, "message": "no", "line": None} for code in batch.codes]}
        counts = {"total": len(batch.lines), "completed": batch.completed, "failed": batch.failed}
        shown = {
            "id": batch.id, "object": "batch", "endpoint": batch.endpoint, "input_file_id": batch.input_file_id,
            "completion_window": "24h", "created_at": int(batch.at), "metadata": batch.metadata,
            "status": batch.end or ("validating" if age < 0.3 else "in_progress" if age < 0.9 else "finalizing"),
            "output_file_id": batch.output_file_id, "error_file_id": batch.error_file_id,
            "errors": errors if batch.end == "failed" else None,
        }  # fmt: skip
        return shown | ({"request_counts": counts} if self.counts else {})


def _outcome(custom_id: str, response: dict[str, Any] | None, error: dict[str, Any] | None = None) -> bytes:
    line = {"id": f"batch_req_{uuid.uuid4().hex}", "custom_id": custom_id, "response": response, "error": error}
    return json.dumps(line).encode()


def _error(status: int) -> dict[str, Any]:
    return {"error": {"message": f"HTTP {status}", "code": None}}
