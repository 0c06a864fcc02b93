"""What a language model is shown of a site, and what its description is meanwhile."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from build_artifacts.descriptions.company import Description
from build_artifacts.descriptions.sources import Source


@dataclass(frozen=True, slots=True)
class Evidence:
    """Kept from the first time that a model is asked of a site's contents: keywords and ranks depend on all companies.

    Otherwise a table that grows while an answer is waited for would make another question of it, to be paid again.
    """

    sources: Sequence[Source]
    """Which the model is shown."""
    extract: Description
    """The best of the site's own sentences, and its keywords."""

    def to_json(self) -> str:
        """For storing."""
        sources = [asdict(source) for source in self.sources]
        return json.dumps({"sources": sources, "extract": self.extract.to_json()}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Evidence":
        """What `to_json` wrote."""
        values = json.loads(text)
        return cls([Source(**each) for each in values["sources"]], Description.from_json(values["extract"]))
