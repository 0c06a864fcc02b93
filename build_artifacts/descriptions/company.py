"""What passes between the steps: a company, its description, what became of it in a run."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Origin = Literal["llm", "extractive", "registry"]
"""`registry` is what the table itself says: its own description, else its industry."""
Status = Literal[
    "described", "unchanged", "needs_js", "robots", "unreachable", "over_budget", "fallback", "waiting_for_batch",
    "no_text", "no_website",
]  # fmt: skip
"""`waiting_for_batch` keeps the description that it had, else has an extractive one until the answer comes."""


@dataclass(frozen=True, slots=True)
class Company:
    """One current row of the table."""

    id: str
    name: str
    website: str | None
    """The URL that is visited; None where the cell holds none."""
    industry: str = ""
    registry: str = ""
    """The description that the table came with, unless an earlier run had written it."""


@dataclass(frozen=True, slots=True)
class Span:
    """A verbatim sentence of a page."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a description, and what it rests on."""

    text: str
    spans: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Description:
    """`pending` where a language model should be asked in a later run; `key` is that of the question it was asked."""

    content_hash: str
    origin: Origin
    sentences: Sequence[Sentence]
    status: Status
    detail: str = ""
    language: str | None = None
    keywords: Sequence[str] = ()
    model: str | None = None
    key: str | None = None
    pending: bool = False

    @property
    def text(self) -> str:
        """The description."""
        return " ".join(sentence.text for sentence in self.sentences)

    def to_json(self) -> str:
        """For storing."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Description":
        """What `to_json` wrote."""
        values: dict[str, Any] = json.loads(text)
        sentences = [Sentence(each["text"], [Span(**span) for span in each["spans"]]) for each in values["sentences"]]
        return cls(**values | {"sentences": sentences})


@dataclass(frozen=True, slots=True)
class Result:
    """What a run ends with for one company. `description` may be that of an earlier run, or None."""

    company: Company
    status: Status
    description: Description | None
    detail: str = ""
    described_at: str | None = None

    @property
    def text(self) -> str | None:
        """What goes into the table."""
        if self.description is not None:
            return self.description.text
        return self.company.registry or self.company.industry or None

    @property
    def origin(self) -> Origin | None:
        """Where it is from; None where there is nothing."""
        if self.description is not None:
            return self.description.origin
        return "registry" if self.text else None
