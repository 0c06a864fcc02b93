"""What can be searched for in the database of topics and themes."""

from typing import Annotated, Any

from leadgen.database.runs import RunChoice
from leadgen.database.search import Filters
from pydantic import BaseModel, ConfigDict, Field

from functions.api.schemas.parameters import CompanyId, Count, CursorText, Level, Quarter, RowId, SpeakerType, Text

_EXAMPLE: dict[str, Any] = {"text": "rising freight costs and delayed deliveries", "n": 5}


def _with_example(**more: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{**_EXAMPLE, **more}]})


class Search(BaseModel):
    """What every search takes."""

    model_config = _with_example()

    text: Annotated[Text, Field(min_length=1, max_length=20_000, description="What to look for, in plain words.")]
    quarters: list[Quarter] = Field(
        [], max_length=40, description="The newest complete run of each; the newest of all if none is named."
    )
    company_ids: list[CompanyId] = Field([], max_length=1_000, description="Of these firms only.")
    theme_id: RowId | None = Field(None, description="Within this theme and those under it only.")
    n: Count = 10
    cursor: CursorText | None = None

    def choices(self) -> list[RunChoice]:
        """The runs to search."""
        return [RunChoice(quarter=quarter) for quarter in sorted(set(self.quarters))] or [RunChoice()]

    def filters(self) -> Filters:
        """What has to hold besides."""
        return Filters(company_ids=tuple(self.company_ids), theme_id=self.theme_id)


class SentenceSearch(Search):
    """Sentences that say something like a text."""

    model_config = _with_example(speaker_types=["executive", "analyst"])

    speaker_types: list[SpeakerType] = Field([], max_length=4, description="Said by these only.")

    def filters(self) -> Filters:
        """What has to hold besides."""
        return Filters(tuple(self.company_ids), tuple(self.speaker_types), self.theme_id)


class TopicSearch(Search):
    """Topics whose title and summary are about a text."""


class ThemeSearch(Search):
    """Themes whose name and description are about a text."""

    model_config = _with_example(level=0)

    level: Level | None = Field(None, description="Themes of this level only; of all if absent.")

    def filters(self) -> Filters:
        """What has to hold besides."""
        return Filters(company_ids=tuple(self.company_ids), theme_id=self.theme_id, level=self.level)
