"""Values that address something in the database of topics and themes."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

SpeakerType = Literal["operator", "executive", "analyst", "other"]


def _storable(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("text", "Text must not hold the character NUL, which no text in the database has")
    return text


_WITHOUT_NUL = {"pattern": "^[^\\u0000]*$"}
Text = Annotated[str, AfterValidator(_storable), Field(json_schema_extra=_WITHOUT_NUL)]
Quarter = Annotated[str, Field(pattern=r"^[0-9]{4}Q[1-4]$", description="Such as `2021Q3`.")]
RowId = Annotated[int, Field(ge=1, le=2**63 - 1)]
"""Of a theme or topic: a bigint."""
RunId = Annotated[int, Field(ge=1, le=2**31 - 1, description="A complete run; see `GET /runs`.")]
CompanyId = Annotated[Text, Field(min_length=1, max_length=1_000, description="A firm's id.")]
Level = Annotated[int, Field(ge=0, le=100, description="0 for themes of topics, 1 and more for those above.")]
Count = Annotated[int, Field(ge=1, le=100, description="Most entries of a page.")]
CursorText = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=500, description="`next_cursor` of the page before; else as before."),
]
