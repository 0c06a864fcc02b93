"""What a visit to a company's website came to."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from build_artifacts.descriptions.extraction.page import Page

Outcome = Literal["fetched", "needs_js", "robots", "unreachable"]
FEWEST_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Site:
    """The pages of one website, the home page first. `detail` says why where there are none."""

    website: str
    outcome: Outcome
    pages: Sequence[Page] = ()
    detail: str = ""

    @property
    def content_hash(self) -> str:
        """SHA-256 of the texts; what is laid out anew is unchanged."""
        texts = [[page.title, page.statements, page.headings, page.sentences] for page in self.pages]
        return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


def site_of_pages(website: str, pages: Sequence[Page]) -> Site:
    """`needs_js` where all pages together hold fewer than 200 characters of text that can be read without scripts."""
    enough = sum(page.characters for page in pages) >= FEWEST_CHARACTERS
    return Site(website, "fetched" if enough else "needs_js", pages)
