"""A long column of texts in a few pieces of Arrow: joining them into one would need their memory twice."""

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Texts: TypeAlias = Any
"""An Arrow array of the type large_string; what stubs say of Arrow's functions fits no array whose type is computed."""
_PIECE_BYTES = 32 << 20


class TextPieces:
    """Texts of n rows, added in order, then read at any rows."""

    def __init__(self) -> None:
        self._pieces: list[Texts] = []
        self._loose: list[Texts] = []
        self._starts = [0]

    def __len__(self) -> int:
        return self._starts[-1] + sum(map(len, self._loose))

    def add(self, texts: Texts) -> None:
        """Append rows."""
        self._loose.append(texts)
        if sum(array.nbytes for array in self._loose) >= _PIECE_BYTES:
            self._join()

    def take(self, rows: NDArray[np.int64]) -> list[str]:
        """The texts of the given rows, in their order."""
        self._join()
        found = [""] * len(rows)
        pieces = np.searchsorted(self._starts, rows, side="right") - 1
        for piece in np.unique(pieces).tolist():
            places = np.flatnonzero(pieces == piece)
            taken = self._pieces[piece].take(pa.array(rows[places] - self._starts[piece]))
            for place, text in zip(places.tolist(), taken.to_pylist(), strict=True):
                found[place] = text
        return found

    def share_longer(self, characters: int) -> float:
        """The share of rows with more characters."""
        self._join()
        lengths: list[Texts] = [pc.utf8_length(piece) for piece in self._pieces]
        return float(np.mean(np.concatenate([length.to_numpy() for length in lengths]) > characters))

    def _join(self) -> None:
        if self._loose:
            self._pieces.append(pa.concat_arrays(self._loose))
            self._starts.append(self._starts[-1] + len(self._pieces[-1]))
            self._loose = []
