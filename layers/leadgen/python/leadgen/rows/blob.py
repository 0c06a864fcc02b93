"""Many byte strings in one mapped file, found by their offsets."""

import mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leadgen.errors import BundleError
from leadgen.index.arrays import open_array


class Blob:
    """`n` byte strings; the i-th is bytes `offsets[i]` to `offsets[i + 1]` of the file."""

    def __init__(self, path: Path, content: mmap.mmap | bytes, offsets: NDArray[np.int64]) -> None:
        self._path = path
        self._content = content
        self._offsets = offsets

    @classmethod
    def open(cls, path: Path, offsets_path: Path, count: int) -> "Blob":
        """Map both files; raises BundleError naming the one that is absent or does not fit."""
        offsets = open_array(offsets_path, np.int64, (count + 1,))
        try:
            with path.open("rb") as file:
                empty = path.stat().st_size == 0
                content = b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise BundleError(f"{path} cannot be read: {error}") from error
        if offsets[0] != 0 or offsets[-1] != len(content):
            raise BundleError(f"{path} has {len(content)} bytes, not {offsets[-1]}; build the bundle again")
        return cls(path, content, offsets)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, at: int) -> bytes:
        """The `at`-th string; raises IndexError outside 0..n-1, BundleError when its offsets are damaged."""
        if not 0 <= at < len(self):
            raise IndexError(f"{at} is outside 0..{len(self) - 1}")
        start, stop = int(self._offsets[at]), int(self._offsets[at + 1])
        if not 0 <= start <= stop <= len(self._content):
            raise BundleError(f"{self._path}: the offsets of entry {at} are damaged; build the bundle again")
        return self._content[start:stop]
