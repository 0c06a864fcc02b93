"""Which rows of a table can be used, and a file that says why each of the others cannot."""

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from leadgen.errors import InputError
from leadgen.features import ColumnPlan

from .label import HighValue
from .seen_ids import SeenIds

MALFORMED = "malformed line"


def identifier(value: Any) -> str:
    """An id as text; a whole number read as a fraction loses its `.0`; empty where there is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None or value != value else str(value).strip()


class Rejects:
    """Counts rejected rows by reason and writes each to a CSV file: row number, id, reason, detail."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.counts: Counter[str] = Counter()
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(["row", "id", "reason", "detail"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, row: int | None, identifier: str, reason: str, detail: str) -> None:
        """`row` counts from 1 in the order of the input; None for a line that is no row."""
        self.counts[reason] += 1
        self._writer.writerow(
            ["" if row is None else row, identifier.encode("utf-8", "replace").decode(), reason, detail]
        )

    def refuse_above(self, share: float, rows: int) -> None:
        """Raises InputError when more than `share` of the rows, malformed lines among them, were rejected."""
        rejected, read = sum(self.counts.values()), rows + self.counts[MALFORMED]
        if rejected > share * max(read, 1):
            reasons = ", ".join(f"{reason}: {count}" for reason, count in self.counts.most_common())
            raise InputError(
                f"{rejected} of {read} rows cannot be used ({reasons}), more than --max-rejected-share {share:g}. "
                f"Each is listed in {self.path}."
            )


class Acceptance:
    """Checks one row after another; remembers 8 bytes of each id to find repeated ones."""

    def __init__(self, plan: ColumnPlan, id_col: str, high_value: HighValue | None) -> None:
        self._plan = plan
        self._id_col = id_col
        self._high_value = high_value
        self._seen = SeenIds()

    def identifier(self, row: Mapping[str, Any]) -> str:
        """The row's id as text, empty where it has none."""
        return identifier(row.get(self._id_col))

    def problem(self, row: Mapping[str, Any]) -> tuple[str, str] | None:
        """(reason, detail) where the row cannot be used, else None."""
        name = self.identifier(row)
        if not name:
            return "no id", f"column {self._id_col!r} is empty"
        for column in self._plan.numbers:
            if not self._plan.readable(column, row.get(column)):
                return (
                    "unreadable value",
                    f"column {column!r} holds {str(row[column])[:50]!r}, which is no number",
                )
        if self._plan.is_empty(row):
            return "empty row", "no text, category or number says anything"
        if self._high_value and self._high_value.of(row) is None:
            return (
                "unreadable label",
                f"column {self._high_value.column!r} holds {str(row.get(self._high_value.column))[:50]!r}",
            )
        if not self._seen.add(name):
            return "duplicate id", f"an earlier row has the id {name[:100]!r}"
        return None
