"""Filterable columns, memory mapped: categories as codes of their sorted values, numbers as float64."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from leadgen.index.arrays import open_array

from .blob import Blob
from .filters import Conditions, FilterError, Scalar
from .layout import ENCODING, category_key, column_file


class Column(Protocol):
    """One filterable column of n rows."""

    def match(self, wanted: Conditions) -> NDArray[np.bool_]:
        """Which rows satisfy the conditions: bool [n]; raises FilterError for values of another type."""
        ...


class CategoryColumn:
    """Code 0 is missing; codes 1..v number the distinct values in the order of their UTF-8 bytes.

    Values match by `category_key`: trimmed, case-folded, NFC.
    """

    def __init__(self, codes: NDArray[np.unsignedinteger[Any]], values: Blob) -> None:
        self._codes = codes
        self._values = values

    @classmethod
    def open(cls, folder: Path, number: int, rows: int, spec: Mapping[str, Any]) -> "CategoryColumn":
        """Map column `number`; raises BundleError for files that do not fit."""
        values = Blob.open(
            folder / column_file(number, "values.txt"),
            folder / column_file(number, "offsets.npy"),
            spec["distinct"],
        )
        return cls(open_array(folder / column_file(number, "codes.npy"), spec["dtype"], (rows,)), values)

    def match(self, wanted: Conditions) -> NDArray[np.bool_]:
        """Which rows hold one of the wanted values: bool [n]."""
        allowed = np.zeros(len(self._values) + 1, dtype=np.bool_)
        allowed[self._range(wanted.bounds)] = True
        allowed[0] = not wanted.bounds
        if wanted.any_of is not None:
            listed = np.zeros_like(allowed)
            listed[self._known(wanted.any_of)] = True
            allowed &= listed
        allowed[self._known(wanted.none_of)] = False
        matching: NDArray[np.bool_] = allowed[self._codes]
        return matching

    def _known(self, values: Iterable[Scalar]) -> list[int]:
        """The codes of those values that some row has."""
        codes = []
        for value in values:
            key = category_key(value)
            if key is None:
                codes.append(0)
                continue
            encoded = key.encode(*ENCODING)
            at = self._first_not_below(encoded)
            if at < len(self._values) and self._values[at] == encoded:
                codes.append(at + 1)
        return codes

    def _range(self, bounds: Mapping[str, str | int | float]) -> slice:
        low, high = 0, len(self._values)
        for bound, limit in bounds.items():
            encoded = (category_key(limit) or "").encode(*ENCODING)
            # The next string after `encoded` in byte order is `encoded` and a zero byte.
            at = self._first_not_below(encoded + b"\0" if bound in ("gt", "lte") else encoded)
            if bound in ("gt", "gte"):
                low = max(low, at)
            else:
                high = min(high, at)
        return slice(low + 1, max(low, high) + 1)

    def _first_not_below(self, encoded: bytes) -> int:
        low, high = 0, len(self._values)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self._values[middle] < encoded else (low, middle)
        return low


class NumberColumn:
    """float64 [n], NaN where missing."""

    def __init__(self, name: str, numbers: NDArray[np.float64]) -> None:
        self._name = name
        self._numbers = numbers

    @classmethod
    def open(cls, folder: Path, number: int, rows: int, spec: Mapping[str, Any]) -> "NumberColumn":
        """Map column `number`; raises BundleError for a file that does not fit."""
        return cls(spec["column"], open_array(folder / column_file(number, "numbers.npy"), np.float64, (rows,)))

    def match(self, wanted: Conditions) -> NDArray[np.bool_]:
        """Which rows hold a wanted number: bool [n]; raises FilterError for text and booleans."""
        matching = np.ones(len(self._numbers), dtype=np.bool_)
        comparisons = {"gt": np.greater, "gte": np.greater_equal, "lt": np.less, "lte": np.less_equal}
        for bound, limit in wanted.bounds.items():
            matching &= comparisons[bound](self._numbers, self._number(limit))
        if wanted.any_of is not None:
            matching &= self._among(wanted.any_of)
        if wanted.none_of:
            matching &= ~self._among(wanted.none_of)
        return matching

    def _among(self, values: Iterable[Scalar]) -> NDArray[np.bool_]:
        # NumPy's isin counts NaN as unequal to itself, which leaves missing values to the second line.
        values = list(values)
        found = np.isin(self._numbers, [self._number(value) for value in values if value is not None])
        return found | np.isnan(self._numbers) if None in values else found

    def _number(self, value: Scalar) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise FilterError(f"column {self._name!r} holds numbers and cannot be compared with {value!r}")
        try:
            return float(value)
        except OverflowError:
            return float("inf") if value > 0 else float("-inf")
