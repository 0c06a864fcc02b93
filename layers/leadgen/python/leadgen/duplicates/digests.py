"""Keyed digests of duplicate keys, and sorted tables of them that are searched through a memory map.

The secret is the setting LEADGEN_DIGEST_KEY: without it nobody can test a guessed address against a table.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from leadgen.errors import BundleError, ConfigurationError

DIGEST_BYTES = 16
_MIN_KEY_BYTES = 16
Unsigned = TypeVar("Unsigned", np.uint32, np.uint64)
_ENTRY = np.dtype([("high", ">u8"), ("low", ">u8"), ("row", ">u8")])


def key_bytes(key: str | bytes) -> bytes:
    """The secret as a BLAKE2b key of at most 64 bytes (RFC 7693).

    Raises ConfigurationError when it has fewer than 16 bytes.
    """
    raw = key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key
    if len(raw) < _MIN_KEY_BYTES:
        raise ConfigurationError(
            f"LEADGEN_DIGEST_KEY has {len(raw)} bytes; set it to a random secret of at least {_MIN_KEY_BYTES}"
        )
    return raw if len(raw) <= hashlib.blake2b.MAX_KEY_SIZE else hashlib.blake2b(raw).digest()


def key_id(key: str | bytes) -> str:
    """Sixteen hexadecimal characters that name a secret without giving it away."""
    return hashlib.blake2b(b"leadgen digest key", key=key_bytes(key), digest_size=8).hexdigest()


class Digester:
    """Digests under one secret; equal keys of different rules have different digests."""

    def __init__(self, key: str | bytes) -> None:
        self._keyed = hashlib.blake2b(key=key_bytes(key), digest_size=DIGEST_BYTES)

    def digest(self, rule: str, value: str) -> bytes:
        """Sixteen bytes: BLAKE2b keyed with the secret over the rule's name and the value."""
        keyed = self._keyed.copy()
        keyed.update(f"{rule}\0{value}".encode("utf-8", "surrogatepass"))
        return keyed.digest()


class DigestTable:
    """One rule's digests in ascending order, with the row each came from; both arrays stay on disk."""

    def __init__(self, digests: NDArray[np.uint64], rows: NDArray[np.uint32]) -> None:
        self._high, self._low = digests
        self._rows = rows

    @classmethod
    def open(cls, folder: Path, rule: str) -> "DigestTable":
        """Map `<rule>.digests.npy` (uint64 [2, n]) and `<rule>.rows.npy` (uint32 [n]).

        Raises BundleError when a file is absent, damaged or of another shape.
        """
        digests = _map(folder / f"{rule}.digests.npy", np.uint64)
        rows = _map(folder / f"{rule}.rows.npy", np.uint32)
        if digests.ndim != 2 or len(digests) != 2 or rows.shape != digests.shape[1:]:
            raise BundleError(f"{folder / rule}.*.npy do not fit each other; build the bundle again")
        return cls(digests, rows)

    def rows(self, digest: bytes) -> NDArray[np.int64]:
        """Rows [m] with this digest, ascending; empty when there is none."""
        high, low = np.frombuffer(digest, dtype=">u8").astype(np.uint64)
        start, stop = np.searchsorted(self._high, high, "left"), np.searchsorted(self._high, high, "right")
        same = self._low[start:stop] == low
        rows: NDArray[np.int64] = self._rows[start:stop][same].astype(np.int64)
        return rows


def _map(path: Path, dtype: type[Unsigned]) -> NDArray[Unsigned]:
    try:
        array: NDArray[Unsigned] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BundleError(f"{path} cannot be read ({error}); build the bundle again") from error
    if array.dtype != dtype:
        raise BundleError(f"{path} holds {array.dtype}, not {dtype.__name__}; build the bundle again")
    # A plain array over the same map: np.memmap's own bookkeeping would cost more than the search.
    return np.asarray(array)


class DigestTableWriter:
    """Takes digests in any order, on disk, and leaves the sorted table, which is sorted in memory."""

    def __init__(self, folder: Path, rule: str) -> None:
        self._folder, self._rule = folder, rule
        self._path = folder / f"{rule}.part"
        self._path.write_bytes(b"")

    def append(self, digests: Sequence[bytes], rows: Sequence[int]) -> None:
        """Add digests (16 bytes each) with the rows they came from."""
        entries = np.empty(len(digests), dtype=_ENTRY)
        halves = np.frombuffer(b"".join(digests), dtype=">u8").reshape(-1, 2)
        entries["high"], entries["low"], entries["row"] = halves[:, 0], halves[:, 1], rows
        with self._path.open("ab") as file:
            file.write(entries.tobytes())

    def finish(self) -> int:
        """Write the table unless it is empty, remove the temporary file, and return the number of entries."""
        entries = np.fromfile(self._path, dtype=_ENTRY)
        self._path.unlink()
        if len(entries):
            order = np.lexsort((entries["row"], entries["low"], entries["high"]))
            digests = np.stack([entries["high"][order], entries["low"][order]]).astype("<u8")
            np.save(self._folder / f"{self._rule}.digests.npy", digests, allow_pickle=False)
            np.save(
                self._folder / f"{self._rule}.rows.npy",
                entries["row"][order].astype("<u4"),
                allow_pickle=False,
            )
        return len(entries)
