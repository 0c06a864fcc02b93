"""A question as it is sent: first as it stands, then once more with what was wrong with the answer."""

from dataclasses import dataclass
from typing import Generic

from build_artifacts.llm.dialects import Messages
from build_artifacts.llm.prices import Prices
from build_artifacts.llm.question import Answer, Question, most_tokens
from build_artifacts.llm.reply import Reply

_AGAIN = (
    "That answer cannot be used: {reason}. Answer the same question again, correcting this, with the JSON object only."
)


@dataclass(frozen=True)
class Draft(Generic[Answer]):
    """`last` if its answer is kept even where the question's check finds a fault in it."""

    question: Question[Answer]
    key: str
    messages: Messages
    max_tokens: int
    last: bool

    @property
    def prompt_tokens(self) -> int:
        """The most there can be."""
        return most_tokens(self.messages, self.question.schema)

    def most_usd(self, prices: Prices) -> float:
        """The most that sending it can cost."""
        return prices.usd(self.prompt_tokens, self.max_tokens)


def first_draft(question: Question[Answer], key: str) -> Draft[Answer]:
    """The question as it stands."""
    return Draft(question, key, question.messages, question.max_tokens, last=False)


def corrected_draft(draft: Draft[Answer], reply: Reply[Answer]) -> Draft[Answer]:
    """The question once more, after an answer that cannot be used; one that was cut off gets more room."""
    more = 2 if reply.fault == "truncated" else 1
    said = [{"role": "assistant", "content": reply.content}] if reply.content else []
    told = {"role": "user", "content": _AGAIN.format(reason=reply.reason)}
    return Draft(draft.question, draft.key, [*draft.messages, *said, told], more * draft.max_tokens, last=True)
