"""What describes the table of transcripts, and which of its columns are used."""

from dataclasses import dataclass
from typing import Literal

from leadgen.errors import InputError

TextUnit = Literal["auto", "sentence", "turn"]
COLUMNS = {
    "company": "companyid",
    "quarter": "quarter",
    "text": "text",
    "year": "year",
    "document": "doc_id",
    "position": "position",
    "turn": "turn",
    "section": "section",
    "speaker": "speaker",
    "role": "role",
    "ticker": "ticker",
    "name": "name",
}
"""What a column holds, and its name where no other is given."""
REQUIRED = ("company", "quarter", "text")


@dataclass(frozen=True, slots=True)
class TranscriptOptions:
    """A table of transcripts. A column that is None has the name in `COLUMNS`, and need not be there.

    `participants_path` is a table of who took part: the transcripts' document column, and `participant` such as
    "Ann Lee--Chief Financial Officer" or "Bo Hu--Acme Securities -- Analyst". `text_unit` says whether a row of the
    text column is a sentence or a speaker's turn that is to be split; `auto` looks at the lengths of the rows.
    """

    input_path: str
    participants_path: str | None = None
    text_unit: TextUnit = "auto"
    company_col: str | None = None
    quarter_col: str | None = None
    text_col: str | None = None
    year_col: str | None = None
    document_col: str | None = None
    position_col: str | None = None
    turn_col: str | None = None
    section_col: str | None = None
    speaker_col: str | None = None
    role_col: str | None = None
    ticker_col: str | None = None
    name_col: str | None = None

    def columns(self, available: tuple[str, ...]) -> dict[str, str]:
        """The columns that are used, by what they hold; raises InputError naming one that is wanted and absent."""
        found: dict[str, str] = {}
        for holds, default in COLUMNS.items():
            named: str | None = getattr(self, f"{holds}_col")
            if (named or default) in available:
                found[holds] = named or default
            elif named or holds in REQUIRED:
                raise InputError(
                    f"{self.input_path} has no column {named or default!r} (--{holds}-col); "
                    f"it has {', '.join(available)}"
                )
        return found
