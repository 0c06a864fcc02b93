"""Collects filterable columns row by row and writes them in the form that the row store maps."""

from array import array
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from leadgen.errors import InputError
from leadgen.rows.layout import ENCODING, category_key, column_file


class ColumnWriter(Protocol):
    """Takes one value a row, then writes the column."""

    def append(self, value: Any) -> None:
        """Take the next row's value; None and NaN are missing. Raises InputError for another type."""
        ...

    def write(self, folder: Path, number: int) -> dict[str, Any]:
        """Write the column as number `number` and return its specification."""
        ...


class CategoryWriter:
    """Holds 4 bytes a row and each distinct value once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._seen: dict[str, int] = {}
        self._codes = array("I")

    def append(self, value: Any) -> None:
        """Take the next row's category."""
        if isinstance(value, dict | list | tuple | set | bytes):
            raise InputError(f"column {self._name!r} cannot be filtered: it holds {type(value).__name__} values")
        key = category_key(value)
        self._codes.append(0 if key is None else self._seen.setdefault(key, len(self._seen) + 1))

    def write(self, folder: Path, number: int) -> dict[str, Any]:
        """Number the values in the order of their bytes, so that ranges of values are ranges of codes."""
        values = sorted((key.encode(*ENCODING), code) for key, code in self._seen.items())
        renumbered = np.zeros(len(values) + 1, dtype=np.min_scalar_type(len(values)))
        renumbered[[code for _, code in values]] = np.arange(1, len(values) + 1)
        codes = renumbered[np.frombuffer(self._codes, dtype=np.uint32)]
        np.save(folder / column_file(number, "codes.npy"), codes, allow_pickle=False)
        (folder / column_file(number, "values.txt")).write_bytes(b"".join(value for value, _ in values))
        offsets = np.fromiter(accumulate((len(value) for value, _ in values), initial=0), dtype=np.int64)
        np.save(folder / column_file(number, "offsets.npy"), offsets, allow_pickle=False)
        return {"column": self._name, "type": "category", "distinct": len(values), "dtype": codes.dtype.name}


class NumberWriter:
    """Holds 8 bytes a row."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._numbers = array("d")

    def append(self, value: Any) -> None:
        """Take the next row's number."""
        try:
            self._numbers.append(float("nan") if value is None else float(self._checked(value)))
        except (TypeError, ValueError, OverflowError) as error:
            row = len(self._numbers)
            raise InputError(f"column {self._name!r} is filtered as numbers; row {row} holds {value!r}") from error

    def _checked(self, value: Any) -> Any:
        if isinstance(value, str | bytes):
            raise TypeError("text is no number")
        return value

    def write(self, folder: Path, number: int) -> dict[str, Any]:
        """Write float64 [n]."""
        numbers = np.frombuffer(self._numbers, dtype=np.float64)
        np.save(folder / column_file(number, "numbers.npy"), numbers, allow_pickle=False)
        return {"column": self._name, "type": "number"}
