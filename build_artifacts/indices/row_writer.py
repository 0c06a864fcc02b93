"""Writes the row store of a bundle in batches: records straight to disk, a few bytes a row in memory."""

import json
import math
from array import array
from collections.abc import Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Literal, Self

import numpy as np
from leadgen.errors import InputError
from leadgen.rows.layout import (
    ENCODING,
    FORMAT,
    ID_HASHES_FILE,
    ID_ROWS_FILE,
    LABELS_FILE,
    OFFSETS_FILE,
    RECORDS_FILE,
    SPEC_FILE,
    id_hash,
)
from numpy.typing import NDArray

from .filter_columns import CategoryWriter, ColumnWriter, NumberWriter

ColumnType = Literal["category", "number"]


class RowWriter:
    """A context manager: rows are appended in index order; closing it without an error completes the store.

    Memory holds 16 bytes a row, and 4 (category) or 8 (number) more for each filter column.
    """

    def __init__(self, folder: Path, id_column: str, filter_columns: Mapping[str, ColumnType]) -> None:
        """`folder` is created; `id_column` is the key of a record's id, unique over all rows."""
        self._folder = folder
        self._id_column = id_column
        self._columns: dict[str, ColumnWriter] = {
            name: CategoryWriter(name) if kind == "category" else NumberWriter(name)
            for name, kind in filter_columns.items()
        }
        self._offsets = array("q", [0])
        self._hashes = array("Q")
        self._labels = bytearray()
        folder.mkdir(parents=True, exist_ok=True)
        self._blob: BinaryIO = (folder / RECORDS_FILE).open("wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._blob.close()
        if kind is None:
            self._finish()

    def append(
        self,
        records: Sequence[Mapping[str, Any]],
        filters: Mapping[str, Sequence[Any]] | None = None,
        labels: Sequence[bool] | NDArray[np.bool_] | None = None,
    ) -> None:
        """Add the next rows.

        Filter values come from `filters` (a sequence a column) where it has the column, else from the records
        themselves. `labels` says which rows are high value: for all batches or for none. Raises InputError,
        naming the row, for a record without id and a filter value of the wrong type.
        """
        for record in records:
            self._append_record(record)
        for name, column in self._columns.items():
            values = (filters or {}).get(name)
            if values is None:
                values = [record.get(name) for record in records]
            if len(values) != len(records):
                raise InputError(f"column {name!r} has {len(values)} values for {len(records)} records")
            for value in values:
                column.append(value)
        if labels is not None:
            self._labels.extend(np.asarray(labels, dtype=np.bool_).tobytes())

    def _append_record(self, record: Mapping[str, Any]) -> None:
        safe = json_safe(record)
        identifier = safe.get(self._id_column)
        if identifier is None or identifier == "":
            raise InputError(f"row {len(self._hashes)} has no id in column {self._id_column!r}")
        line = json.dumps(safe, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
        encoded = line.encode(*ENCODING)
        self._blob.write(encoded)
        self._offsets.append(self._offsets[-1] + len(encoded))
        self._hashes.append(id_hash(str(identifier)))

    def _finish(self) -> None:
        rows = len(self._hashes)
        if not rows:
            raise InputError("there are no rows to store: every row was rejected, or the input is empty")
        if self._labels and len(self._labels) != rows:
            raise InputError(f"{len(self._labels)} labels were given for {rows} rows")
        self._write_ids()
        offsets = np.frombuffer(self._offsets, dtype=np.int64)
        np.save(self._folder / OFFSETS_FILE, offsets, allow_pickle=False)
        if self._labels:
            np.save(self._folder / LABELS_FILE, np.frombuffer(self._labels, dtype=np.bool_), allow_pickle=False)
        filters = [column.write(self._folder, at) for at, column in enumerate(self._columns.values())]
        spec = {"format": FORMAT, "rows": rows, "id_column": self._id_column, "labels": bool(self._labels)}
        text = json.dumps({**spec, "filters": filters}, indent=1)
        (self._folder / SPEC_FILE).write_text(text + "\n", encoding="utf-8")

    def _write_ids(self) -> None:
        hashes = np.frombuffer(self._hashes, dtype=np.uint64)
        order = np.argsort(hashes, kind="stable").astype(np.uint32)
        ordered = hashes[order]
        self._refuse_duplicates(ordered, order)
        np.save(self._folder / ID_HASHES_FILE, ordered, allow_pickle=False)
        np.save(self._folder / ID_ROWS_FILE, order, allow_pickle=False)

    def _refuse_duplicates(self, ordered: NDArray[np.uint64], order: NDArray[np.uint32]) -> None:
        """Equal hashes may be a coincidence; equal ids are not."""
        seen: dict[str, int] = {}
        repeated = ordered[1:] == ordered[:-1]
        for row in order[np.append(repeated, False) | np.append(False, repeated)].tolist():
            identifier = self._written_id(row)
            if identifier in seen:
                raise InputError(f"rows {seen[identifier]} and {row} have the same id {identifier!r}")
            seen[identifier] = row

    def _written_id(self, row: int) -> str:
        with (self._folder / RECORDS_FILE).open("rb") as blob:
            blob.seek(self._offsets[row])
            line = blob.read(self._offsets[row + 1] - self._offsets[row])
        return str(json.loads(line.decode(*ENCODING))[self._id_column])


def json_safe(value: Any) -> Any:
    """`value` in JSON's types: NumPy unpacked, dates as ISO 8601, NaN, infinities and NaT as null."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float | Decimal):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): json_safe(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [json_safe(entry) for entry in value]
    if isinstance(value, date | time):
        # pandas' NaT is a date that differs from itself.
        return value.isoformat() if value == value else None
    return str(value)
