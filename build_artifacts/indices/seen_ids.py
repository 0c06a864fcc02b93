"""Which ids have come before, in about 8 bytes each."""

import hashlib

import numpy as np

_RECENT = 1 << 16


class SeenIds:
    """Remembers a 64-bit BLAKE2b digest of each id: among 10 million the chance of one false repetition is 3 in 10⁶."""

    def __init__(self) -> None:
        self._recent: set[int] = set()
        # A set of Python's integers takes 80 bytes an id, a sorted array 8.
        self._sorted = np.zeros(0, dtype=np.uint64)

    def add(self, identifier: str) -> bool:
        """Remember an id; False where it has come before."""
        digest = int.from_bytes(hashlib.blake2b(identifier.encode("utf-8", "replace"), digest_size=8).digest(), "big")
        if digest in self._recent or self._has(digest):
            return False
        self._recent.add(digest)
        if len(self._recent) >= _RECENT:
            self._settle()
        return True

    def _has(self, digest: int) -> bool:
        at = int(self._sorted.searchsorted(np.uint64(digest)))
        return at < len(self._sorted) and int(self._sorted[at]) == digest

    def _settle(self) -> None:
        recent = np.fromiter(self._recent, dtype=np.uint64, count=len(self._recent))
        recent.sort()
        # The stable sort merges the two sorted runs in linear time.
        self._sorted = np.sort(np.concatenate([self._sorted, recent]), kind="stable")
        self._recent.clear()
