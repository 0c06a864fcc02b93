"""The row store that serving opens."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadgen.errors import BundleError
from leadgen.index.arrays import open_array
from leadgen.index.row_filter import RowFilter

from .blob import Blob
from .columns import CategoryColumn, Column, NumberColumn
from .filters import Filter, FilterError, conditions
from .layout import (
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

_COLUMN_TYPES: dict[str, type[CategoryColumn] | type[NumberColumn]] = {
    "category": CategoryColumn,
    "number": NumberColumn,
}


class RowStore:
    """Records, ids, filters and labels of rows 0..n-1, memory mapped; safe to read from several threads."""

    def __init__(self, folder: Path, spec: Mapping[str, Any]) -> None:
        rows = spec["rows"]
        self._folder = folder
        self._id_column: str = spec["id_column"]
        self._records = Blob.open(folder / RECORDS_FILE, folder / OFFSETS_FILE, rows)
        self._id_hashes = open_array(folder / ID_HASHES_FILE, np.uint64, (rows,))
        self._id_rows = open_array(folder / ID_ROWS_FILE, np.uint32, (rows,))
        self._columns: dict[str, Column] = {
            column["column"]: _COLUMN_TYPES[column["type"]].open(folder, number, rows, column)
            for number, column in enumerate(spec["filters"])
        }
        self.filter_columns: dict[str, str] = {column["column"]: column["type"] for column in spec["filters"]}
        self.labels: NDArray[np.bool_] | None = None
        """Whether each row is high value, bool [n]; None when the table has no such label."""
        if spec["labels"]:
            self.labels = open_array(folder / LABELS_FILE, np.bool_, (rows,))

    @classmethod
    def open(cls, folder: Path) -> "RowStore":
        """Open what `RowWriter` wrote; raises BundleError naming the file that is absent or does not fit."""
        path = folder / SPEC_FILE
        try:
            spec = json.loads(path.read_text(encoding="utf-8"))
            if spec["format"] != FORMAT:
                raise BundleError(f"{path} has another format than {FORMAT}; build the bundle again")
            return cls(folder, spec)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise BundleError(f"{path} cannot be read as a description of rows: {error!r}") from error

    def __len__(self) -> int:
        return len(self._records)

    def record(self, row: int) -> dict[str, Any]:
        """The record of one row; raises IndexError outside 0..n-1, BundleError when it is damaged."""
        try:
            record: dict[str, Any] = json.loads(self._records[row].decode(*ENCODING))
        except ValueError as error:
            path = self._folder / RECORDS_FILE
            raise BundleError(f"{path}: the record of row {row} is damaged; build the bundle again") from error
        return record

    def records(self, rows: Iterable[int]) -> list[dict[str, Any]]:
        """The records of several rows, in their order."""
        return [self.record(row) for row in rows]

    def find(self, identifier: str) -> int | None:
        """The row whose id is exactly `identifier`; None when there is none."""
        digest = np.uint64(id_hash(identifier))
        at = int(np.searchsorted(self._id_hashes, digest))
        while at < len(self) and self._id_hashes[at] == digest:
            row = int(self._id_rows[at])
            if str(self.record(row)[self._id_column]) == identifier:
                return row
            at += 1
        return None

    def match(self, filters: Mapping[str, Filter]) -> RowFilter:
        """The rows that satisfy every filter; raises FilterError naming the column, and those there are."""
        matching = np.ones(len(self), dtype=np.bool_)
        for name, wanted in filters.items():
            column = self._columns.get(name)
            if column is None:
                available = ", ".join(self._columns) or "none"
                raise FilterError(f"column {name!r} cannot be filtered; those that can: {available}")
            matching &= column.match(conditions(name, wanted))
        return RowFilter(matching)
