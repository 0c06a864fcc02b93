"""What is asked, and how it is told apart from other questions."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

Answer = TypeVar("Answer", bound=BaseModel)


def _no_fault(_: Any) -> str | None:
    return None


@dataclass(frozen=True)
class Question(Generic[Answer]):
    """One question, answered by an object of the pydantic model `answer`.

    `instructions` are ours; `material` may hold text of strangers, and is sent as data. `check` says what is wrong
    with an answer of the right schema, in words that the model can correct it by, or None.
    """

    purpose: str
    instructions: str
    material: str
    answer: type[Answer]
    max_tokens: int
    """The most that the answer may have."""
    check: Callable[[Answer], str | None] = _no_fault

    @property
    def messages(self) -> list[dict[str, str]]:
        """As the endpoint takes them."""
        return [{"role": "system", "content": self.instructions}, {"role": "user", "content": self.material}]

    @property
    def schema(self) -> dict[str, Any]:
        """JSON schema in the strict subset: nothing besides what is named, and all of it required.

        https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
        """
        schema = self.answer.model_json_schema()
        for part in (schema, *schema.get("$defs", {}).values()):
            if part.get("type") == "object":
                part |= {"additionalProperties": False, "required": list(part["properties"])}
        return schema

    def key(self, model: str) -> str:
        """SHA-256 of the model, the messages and the schema: whoever asks the same finds the same answer."""
        parts = json.dumps([model, self.messages, self.schema], sort_keys=True)
        return hashlib.sha256(parts.encode()).hexdigest()


def most_tokens(messages: list[dict[str, str]], schema: dict[str, Any]) -> int:
    """No tokenizer makes more tokens of a prompt: one for each byte of it, and some around each message.

    Byte-level BPE starts from single bytes, https://aclanthology.org/P16-1162/ and GPT-2's report; SentencePiece falls
    back to them.
    """
    return len(json.dumps(schema)) + sum(len(message["content"].encode()) + 16 for message in messages)
