"""What was found on a page; nothing of its HTML is kept."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Page:
    """Texts are one line each, without invisible characters. `statements` are the company's own words on itself in
    metadata (meta description, JSON-LD), `sentences` those of the visible main text, in reading order."""

    url: str
    title: str = ""
    names: Sequence[str] = ()
    language: str | None = None
    statements: Sequence[str] = ()
    headings: Sequence[str] = ()
    sentences: Sequence[str] = ()
    scripted: bool = False
    """The page is one that scripts fill."""
    links: Sequence[tuple[str, str]] = field(default=(), compare=False)
    """URL and text of links to the same site that may lead to more on the company."""

    @property
    def characters(self) -> int:
        """Of its main text."""
        return sum(map(len, self.sentences))

    def to_json(self) -> str:
        """For storing."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Page":
        """What `to_json` wrote."""
        values = json.loads(text)
        return cls(**values | {"links": [(url, label) for url, label in values["links"]]})
