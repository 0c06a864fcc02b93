"""From what an endpoint sent to an answer, or to what is wrong with it."""

import json
import re
from dataclasses import dataclass
from typing import Any, Generic

from pydantic import BaseModel, Field, ValidationError

from build_artifacts.llm.errors import AnswerError, Fault
from build_artifacts.llm.prices import Prices
from build_artifacts.llm.question import Answer, Question

_FENCE = re.compile(r"^\s*```(?:json)?\s*(.*?)\s*```\s*$", re.DOTALL)
_LONGEST_QUOTE = 4000


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _PromptDetails(BaseModel):
    cached_tokens: int | None = None


class _Usage(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int = 0
    prompt_tokens_details: _PromptDetails | None = None


class Completion(BaseModel):
    """What is needed of a completion; compatible endpoints leave out or add much else.

    https://platform.openai.com/docs/api-reference/chat/object
    """

    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a request used; `cached` are among those of the prompt."""

    prompt: int
    completion: int
    cached: int = 0

    def usd(self, prices: Prices) -> float:
        """What they cost."""
        return prices.usd(self.prompt, self.completion, self.cached)


@dataclass(frozen=True, slots=True)
class Reply(Generic[Answer]):
    """An answer, or a fault with the reason; an `unverified` answer comes with both."""

    answer: Answer | None
    fault: Fault | None = None
    reason: str = ""
    content: str = ""
    """What the model wrote, to be shown to it again; empty where it would not help."""


def parse_completion(body: bytes) -> Completion | None:
    """The body of a successful response, or None where it is none of a completion's."""
    try:
        return Completion.model_validate_json(body)
    except ValidationError:
        return None


def tokens_of(completion: Completion) -> Tokens | None:
    """What the endpoint counted; None where it does not say.

    Reasoning is billed as completion, and some endpoints count it in the total alone.
    """
    usage = completion.usage
    if usage is None:
        return None
    cached = (usage.prompt_tokens_details and usage.prompt_tokens_details.cached_tokens) or 0
    completed = max(usage.completion_tokens, usage.total_tokens - usage.prompt_tokens)
    return Tokens(usage.prompt_tokens, completed, min(cached, usage.prompt_tokens))


def read_reply(completion: Completion, question: Question[Answer]) -> Reply[Answer]:
    """The answer that a completion holds, checked."""
    choice = completion.choices[0]
    content = choice.message.content or ""
    if choice.message.refusal or choice.finish_reason == "content_filter":
        return Reply(None, "refused", "it was refused")
    if choice.finish_reason == "length":
        return Reply(None, "truncated", "it was cut off; be shorter")
    if not content.strip():
        return Reply(None, "empty", "it was empty")
    fenced = _FENCE.match(content)
    return check_answer(fenced[1] if fenced else content, question)


def check_answer(content: str, question: Question[Answer]) -> Reply[Answer]:
    """JSON text as an answer of the question's schema that passes its check."""
    # PostgreSQL has no place for the character 0, neither in text nor in JSON.
    content = content.replace("\\u0000", " ")
    quote = content[:_LONGEST_QUOTE]
    try:
        answer = question.answer.model_validate_json(content)
    except ValidationError as error:
        return Reply(None, "invalid", _disagreements(error), quote)
    reason = question.check(answer)
    return Reply(answer, "unverified" if reason else None, reason or "", quote)


def usable(reply: Reply[Answer]) -> Answer:
    """The answer that has passed the check. Raises AnswerError, with the answer where it is at least of the schema."""
    if reply.answer is None or reply.fault is not None:
        fault = reply.fault or "invalid"
        raise AnswerError(f"the language model's answer cannot be used ({fault})", fault, reply.answer)
    return reply.answer


def _disagreements(error: ValidationError) -> str:
    """Where JSON and schema disagree, without the values."""
    found: list[Any] = error.errors(include_url=False, include_input=False, include_context=False)[:5]
    return "; ".join(f"{json.dumps('.'.join(map(str, each['loc'])))}: {each['type']}" for each in found)
