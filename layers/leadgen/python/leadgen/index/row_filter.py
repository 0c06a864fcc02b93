"""A set of rows that a search may return."""

from collections.abc import Iterable
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray


class RowFilter:
    """Which of `size` rows a search may return; combine with `&`, `|` and `~`."""

    def __init__(self, mask: NDArray[np.bool_]) -> None:
        """`mask` is bool [size], true for the rows to keep."""
        if mask.dtype != np.bool_ or mask.ndim != 1:
            raise ValueError(f"a row filter is a flat bool array, not {mask.dtype} of {mask.ndim} dimensions")
        self.mask = mask

    @classmethod
    def from_rows(cls, rows: Iterable[int], size: int) -> Self:
        """Only these rows of `size`; raises IndexError for a row outside it."""
        wanted = np.fromiter(rows, dtype=np.int64)
        if wanted.size and (wanted.min() < 0 or wanted.max() >= size):
            raise IndexError(f"a row of the filter is outside 0..{size - 1}")
        mask = np.zeros(size, dtype=np.bool_)
        mask[wanted] = True
        return cls(mask)

    @classmethod
    def all_of(cls, size: int) -> Self:
        """Every one of `size` rows."""
        return cls(np.ones(size, dtype=np.bool_))

    @property
    def size(self) -> int:
        """How many rows the filter speaks about."""
        return len(self.mask)

    @cached_property
    def count(self) -> int:
        """How many rows it lets through."""
        return int(np.count_nonzero(self.mask))

    @property
    def rows(self) -> NDArray[np.int64]:
        """The rows it lets through, ascending: int64 [count]."""
        return np.flatnonzero(self.mask)

    def __and__(self, other: "RowFilter") -> "RowFilter":
        return RowFilter(self.mask & other.mask)

    def __or__(self, other: "RowFilter") -> "RowFilter":
        return RowFilter(self.mask | other.mask)

    def __invert__(self) -> "RowFilter":
        return RowFilter(~self.mask)
