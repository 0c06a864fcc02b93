"""The rows of one quarter, as columns: texts in Arrow, everything else as numbers into lists of its values."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from leadgen.errors import InputError
from numpy.typing import NDArray

from build_artifacts.jobs.reading import open_source
from build_artifacts.topics.reading.normal_form import cleaned
from build_artifacts.topics.reading.options import TranscriptOptions
from build_artifacts.topics.reading.quarter_names import quarter_name
from build_artifacts.topics.reading.text_pieces import TextPieces, Texts

NUMBERED = ("position", "turn")
CODED = ("company", "document", "section", "speaker", "role", "ticker", "name")
_BETWEEN = "\x1f"
_LISTED = 20
_NUMBER = r"^\s*-?\d+(\.\d*)?\s*$"
# A letter, a figure or a sign: neither white space, nor a control character, nor nothing.
_VISIBLE = r"[^\pC\pZ\s]"


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of n cells: `codes` [n] are places in `values`, -1 for an empty cell."""

    codes: NDArray[np.int32]
    values: list[str]

    def __getitem__(self, row: int) -> str | None:
        code = self.codes[row]
        return self.values[code] if code >= 0 else None


@dataclass(frozen=True, slots=True)
class Rows:
    """The n rows of a quarter that have a company and a text, in the order of the files."""

    texts: TextPieces
    coded: dict[str, Coded]
    numbered: dict[str, NDArray[np.float64]]
    """Infinite where a cell holds no number."""
    document_column: str | None
    counts: dict[str, int]


def read_rows(options: TranscriptOptions, quarter: str) -> Rows:
    """Read a quarter's rows, written like 2021Q3; raises InputError where there are none, or a column is missing."""
    counts = Counter(dict.fromkeys(("malformed_lines", "without_company", "without_text"), 0))
    source = open_source(options.input_path, lambda _: counts.update(malformed_lines=1))
    columns = options.columns(source.columns)
    collected = _Collected([holds for holds in columns if holds in CODED], [k for k in columns if k in NUMBERED])
    quarters = _Quarters(quarter)
    for batch in source.batches(list(dict.fromkeys(columns.values()))):
        cells = {holds: as_text(batch.column(name)) for holds, name in columns.items()}
        kept = quarters.wanted(cells["quarter"], cells.get("year"))
        if kept.any():
            collected.add({holds: column.filter(pa.array(kept)) for holds, column in cells.items()}, counts)
    if quarters.found[quarter] == 0:
        raise InputError(f"{options.input_path} has no rows of {quarter} in {columns['quarter']!r}; {quarters.there()}")
    counts.update(rows=quarters.rows, rows_of_quarter=quarters.found[quarter], without_quarter=quarters.unclear)
    if len(collected.texts) == 0:
        raise InputError(f"{options.input_path}: no row of {quarter} has both a company and a text")
    return collected.rows(columns.get("document"), counts)


def as_text(column: Any) -> Texts:
    """Cells as text: whole numbers without a decimal point, dates in ISO 8601, what is not UTF-8 replaced."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_floating(column.type):
        whole = pc.all(pc.equal(column, pc.floor(column))).as_py()
        column = column.cast(pa.int64()) if whole else column
    if column.type not in (pa.string(), pa.large_string(), pa.binary(), pa.large_binary()):
        return column.cast(pa.large_string())
    encoded = column.cast(pa.large_binary())
    try:
        return encoded.cast(pa.large_string())
    except pa.ArrowInvalid:
        texts = [None if cell is None else cell.decode("utf-8", "replace") for cell in encoded.to_pylist()]
        return pa.array(texts, pa.large_string())


class _Quarters:
    """Which rows are of the wanted quarter, and how many there are of each."""

    def __init__(self, wanted: str) -> None:
        self._wanted = wanted
        self._names: dict[str, str | None] = {}
        self.found: Counter[str] = Counter()
        self.rows = 0
        self.unclear = 0

    def wanted(self, quarters: Any, years: Any | None) -> NDArray[np.bool_]:
        """The rows of the wanted quarter, [n]."""
        parts = [pc.fill_null(part, "") for part in (quarters, years) if part is not None]
        between = pa.scalar(_BETWEEN, pa.large_string())
        cells = pc.binary_join_element_wise(*parts, between).dictionary_encode()
        codes = cells.indices.to_numpy()
        names = [self._name(cell) for cell in cells.dictionary.to_pylist()]
        for name, count in zip(names, np.bincount(codes, minlength=len(names)).tolist(), strict=True):
            self.found.update({name: count} if name else {})
            self.unclear += 0 if name else count
        self.rows += len(codes)
        matching: NDArray[np.bool_] = np.array([name == self._wanted for name in names], dtype=bool)[codes]
        return matching

    def _name(self, cell: str) -> str | None:
        if cell not in self._names:
            quarter, _, year = cell.partition(_BETWEEN)
            self._names[cell] = quarter_name(quarter, year)
        return self._names[cell]

    def there(self) -> str:
        """The quarters there are, for a message."""
        names = sorted(self.found, reverse=True)
        if not names:
            return "none of its values is a quarter such as 2021Q3, or a quarter of 1 to 4 with a year (--year-col)"
        more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
        return f"it has {', '.join(names[:_LISTED])}{more}"


@dataclass
class _Vocabulary:
    numbers: dict[str, int] = field(default_factory=dict)
    codes: list[NDArray[np.int32]] = field(default_factory=list)

    def encode(self, column: Any) -> NDArray[np.int32]:
        cells = column.dictionary_encode()
        places = [self._number(cleaned(value)) for value in cells.dictionary.to_pylist()]
        codes = np.array([*places, -1], dtype=np.int32)
        found: NDArray[np.int32] = codes[pc.fill_null(cells.indices, len(places)).to_numpy()]
        return found

    def _number(self, value: str) -> int:
        return self.numbers.setdefault(value, len(self.numbers)) if value else -1


class _Collected:
    """What has been read of the quarter so far."""

    def __init__(self, coded: list[str], numbered: list[str]) -> None:
        self.texts = TextPieces()
        self._coded = {holds: _Vocabulary() for holds in coded}
        self._numbered: dict[str, list[NDArray[np.float64]]] = {holds: [] for holds in numbered}

    def add(self, cells: dict[str, Any], counts: Counter[str]) -> None:
        """Take over the rows that have a company and a text; count the others."""
        company = self._coded["company"].encode(cells["company"]) >= 0
        texts: Texts = pc.match_substring_regex(cells["text"], _VISIBLE)
        text = texts.fill_null(False).to_numpy(zero_copy_only=False)  # noqa: FBT003
        counts.update(without_company=int((~company).sum()), without_text=int((company & ~text).sum()))
        usable = company & text
        if not usable.any():
            return
        kept = {holds: column.filter(pa.array(usable)) for holds, column in cells.items()}
        self.texts.add(kept["text"])
        for holds, vocabulary in self._coded.items():
            vocabulary.codes.append(vocabulary.encode(kept[holds]))
        for holds, numbers in self._numbered.items():
            numbers.append(_numbers(kept[holds]))

    def rows(self, document_column: str | None, counts: Counter[str]) -> Rows:
        """All that was collected."""
        coded = {holds: Coded(np.concatenate(v.codes), list(v.numbers)) for holds, v in self._coded.items()}
        numbered = {holds: np.concatenate(numbers) for holds, numbers in self._numbered.items()}
        return Rows(self.texts, coded, numbered, document_column, dict(counts))


def _numbers(column: Any) -> NDArray[np.float64]:
    digits = pc.if_else(pc.match_substring_regex(column, _NUMBER), pc.utf8_trim_whitespace(column), None)
    found: NDArray[np.float64] = pc.fill_null(digits.cast(pa.float64()), np.inf).to_numpy()
    return found
