"""A text model that can be held, and remembers what it was asked to embed together."""

import time
from collections.abc import Sequence
from threading import Event
from types import SimpleNamespace

import numpy as np


class RecordingModel:
    """Embeds a text as its first token id and its number of tokens, once `free` is set.

    With `width` every text costs so many tokens, as one of M2-BERT does.
    """

    def __init__(self, *, held: bool = False, digest: str = "ab" * 32, width: int | None = None) -> None:
        self.spec = SimpleNamespace(dimension=2, sha256=digest, computed_tokens=lambda tokens: width or tokens)
        self.batches: list[list[int]] = []
        self.moments: list[float] = []
        self.began, self.free = Event(), Event()
        if not held:
            self.free.set()

    def encode_tokens(self, ids: Sequence[np.ndarray]) -> np.ndarray:
        self.batches.append([int(text[0]) for text in ids])
        self.moments.append(time.perf_counter())
        self.began.set()
        assert self.free.wait(20)
        return np.array([(text[0], len(text)) for text in ids], dtype=np.float32)

    @property
    def embedded(self) -> list[int]:
        return [first for batch in self.batches for first in batch]


def text(first: int, tokens: int = 4) -> np.ndarray:
    """Token ids of a text that is known by its first."""
    return np.full(tokens, first, dtype=np.int32)
