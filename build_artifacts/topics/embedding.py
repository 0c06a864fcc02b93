"""The text model of a run, on threads of its own: sentences of the next firms, and summaries in between."""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from leadgen.text import TextModel
from numpy.typing import NDArray

from build_artifacts.jobs.embedding_cache import EmbeddingCache

_CHUNK = 1024
"""Texts at a time: short enough that a summary need not wait long, and that a stop is noticed soon."""


class Embedder:
    """Embeds on one thread, in chunks, so that short work is done between the chunks of long work.

    Embeddings are rounded to float16, which is how they are kept; clustering sees what the database holds.
    """

    def __init__(self, model: TextModel, cache: Path) -> None:
        self.model = model
        self._thread = ThreadPoolExecutor(1, "embedding")
        # SQLite's connection belongs to the thread that opened it.
        self._cache = self._thread.submit(EmbeddingCache, cache, model).result()
        self._started = time.monotonic()
        self._busy = 0.0

    @property
    def embedded(self) -> int:
        """Texts that the model embedded; the others came from the cache."""
        return self._cache.embedded

    @property
    def busy_share(self) -> float:
        """Share of the time since the start in which the model, or its cache, was at work."""
        return self._busy / max(time.monotonic() - self._started, 1e-9)

    async def encode(self, texts: Sequence[str]) -> NDArray[np.float16]:
        """Embeddings float16 [n, d] in the order of the texts."""
        # Texts of similar length together are what the model batches well.
        order = np.argsort([len(text) for text in texts], kind="stable")
        out = np.empty((len(texts), self.model.spec.dimension), dtype=np.float16)
        loop = asyncio.get_running_loop()
        for start in range(0, len(order), _CHUNK):
            rows = order[start : start + _CHUNK]
            out[rows] = await loop.run_in_executor(self._thread, self._encode, [texts[row] for row in rows])
        return out

    def _encode(self, texts: list[str]) -> NDArray[np.float32]:
        start = time.monotonic()
        try:
            return self._cache.encode(texts)
        finally:
            self._busy += time.monotonic() - start

    def close(self) -> None:
        """Wait for the chunk in progress and close the cache."""
        self._thread.submit(self._cache.__exit__, None, None, None).result()
        self._thread.shutdown()
