"""Which columns of a table become text, categories and numbers, and how a raw cell is read."""

import math
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from leadgen.duplicates import mask_name

Row = Mapping[str, Any]

_WORD = re.compile(r"\w")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class ColumnPlan(BaseModel):
    """The columns a space is built from; the same plan reads a table at build time and a request when serving."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()
    """Columns whose own values are taken out of the row's text: a company's name and place say nothing of its kind."""
    lead_sentence: bool = False
    """Let the first sentence count as much as the whole passage: a description begins with what a company is."""
    missing_values: tuple[str, ...] = ("", "-", "n/a", "na", "nan", "none", "null", "select", "unknown")
    """Case-insensitive spellings of "no value"."""

    @property
    def features(self) -> tuple[str, ...]:
        """Every column that enters the vector."""
        return (*self.text, *self.categories, *self.numbers)

    def text_value(self, value: Any) -> str | None:
        """A cell as clean text, or None where it says nothing."""
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return None
        text = _CONTROL.sub(" ", str(value)).strip()
        return None if text.casefold() in self.missing_values else text

    def category_value(self, value: Any) -> str | None:
        """A cell as a category: case and surrounding space do not make a new one; whole numbers lose their `.0`."""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        text = self.text_value(value)
        return None if text is None else " ".join(text.casefold().split())

    def number_value(self, value: Any) -> float | None:
        """A cell as a finite number, or None; a text that is no number is None too (`readable` tells the two apart)."""
        if value is None or value == "":
            return None
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            return None
        return number if math.isfinite(number) else None

    def readable(self, column: str, value: Any) -> bool:
        """False where a number column holds something that is neither a finite number nor a missing value."""
        if column not in self.numbers or self.number_value(value) is not None:
            return True
        return self.text_value(value) is None

    def passage(self, row: Row) -> str:
        """The row's text columns as one passage, its own masked values removed; empty where it has no text."""
        parts = [text for column in self.text if (text := self.text_value(row.get(column)))]
        passage = ". ".join(parts)
        names = [text for column in self.mask if (text := self.text_value(row.get(column)))]
        if not names or not passage:
            return passage
        masked = mask_name(passage, names, "").strip()
        return masked if _WORD.search(masked) else ""

    def is_empty(self, row: Row) -> bool:
        """True where no text, category or number says anything."""
        return not (
            any(self.text_value(row.get(c)) for c in (*self.text, *self.categories))
            or any(self.number_value(row.get(c)) is not None for c in self.numbers)
        )
