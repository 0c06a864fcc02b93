"""The files of a batch: one request a line, one outcome a line, in any order.

https://platform.openai.com/docs/api-reference/batch/request-input and request-output.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from build_artifacts.llm.reply import Completion

MOST_REQUESTS = 50_000
MOST_BYTES = 200 * 10**6
"""Of one file."""
_NOT_ASKED = frozenset({"batch_expired", "batch_cancelled"})


class _Response(BaseModel):
    status_code: int = 0
    body: dict[str, Any] | None = None


class _Error(BaseModel):
    code: str | None = None


class _Line(BaseModel):
    custom_id: str
    response: _Response | None = None
    error: _Error | None = None


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What became of one request. `completion` is None where it failed, and nothing was charged for it."""

    key: str
    completion: Completion | None
    status: int = 0
    asked: bool = True
    """False where the batch ended before its turn."""


def request_line(key: str, parameters: Mapping[str, Any]) -> bytes:
    """One request; `key` comes back with its outcome."""
    line = {"custom_id": key, "method": "POST", "url": "/v1/chat/completions", "body": parameters}
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"


def read_outcomes(content: bytes) -> Iterator[BatchOutcome]:
    """The outcomes that can be read; a damaged line is left out."""
    for text in content.splitlines():
        try:
            yield _outcome(_Line.model_validate_json(text))
        except ValidationError:
            continue


def _outcome(line: _Line) -> BatchOutcome:
    """Raises ValidationError for an answer that is no completion."""
    response = line.response or _Response()
    if response.status_code == 200:
        return BatchOutcome(line.custom_id, Completion.model_validate(response.body), 200)
    expired = line.error is not None and line.error.code in _NOT_ASKED
    return BatchOutcome(line.custom_id, None, response.status_code, asked=not expired)
