"""Embeddings of texts that come again: a pool around a pool."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from leadgen.text.model import NeuralTextModel
from numpy.typing import NDArray

from functions.api.embedding.measures import EmbeddingMeasures
from functions.api.embedding.pool import EmbeddingPool
from functions.api.embedding.shared_cache import SharedCache
from functions.api.embedding.waiting import TokenIds

# Of a key, an array's header and the entry of both in an ordered dictionary, as `tracemalloc` counts them.
_OVERHEAD_BYTES = 400

Embedding = NDArray[np.float32]


class EmbeddingCache:
    """The embeddings used last, float32 [d] each, in at most `most_bytes` of this process's memory."""

    def __init__(self, most_bytes: int) -> None:
        self.bytes = 0
        self._most_bytes = most_bytes
        self._entries: OrderedDict[bytes, Embedding] = OrderedDict()

    def get(self, key: bytes) -> Embedding | None:
        """The embedding, which now counts as used last; None where there is none."""
        embedding = self._entries.get(key)
        if embedding is not None:
            self._entries.move_to_end(key)
        return embedding

    def put(self, key: bytes, embedding: Embedding) -> None:
        """Keep a copy, and forget what has not been used for longest."""
        if key in self._entries:
            return
        self._entries[key] = embedding.copy()
        self.bytes += embedding.nbytes + _OVERHEAD_BYTES
        while self.bytes > self._most_bytes:
            _, oldest = self._entries.popitem(last=False)
            self.bytes -= oldest.nbytes + _OVERHEAD_BYTES


class CachedPool:
    """Computes only what neither this process nor, where there is one, the cache that it shares with others has."""

    def __init__(
        self, pool: EmbeddingPool, cache: EmbeddingCache, shared: SharedCache | None, measures: EmbeddingMeasures
    ) -> None:
        self._pool = pool
        self._cache = cache
        self._shared = shared
        self._measures = measures

    async def start(self) -> None:
        """Start the pool inside."""
        await self._pool.start()

    async def close(self) -> None:
        """Close the pool inside and the connection to the shared cache."""
        await self._pool.close()
        if self._shared:
            await self._shared.close()

    async def embed(self, model: NeuralTextModel, ids: Sequence[TokenIds]) -> NDArray[np.float32]:
        """Embed the texts of one request, each of several that are the same once. Raises what the pool inside does."""
        digest = bytes.fromhex(model.spec.sha256)
        keys = [_key(digest, text) for text in ids]
        texts = dict(zip(keys, ids, strict=True))
        known = {key: found for key in texts if (found := self._cache.get(key)) is not None}
        if self._shared and len(known) < len(texts):
            known |= self._keep(
                await self._shared.get([key for key in texts if key not in known], model.spec.dimension)
            )
        missing = [key for key in texts if key not in known]
        if missing:
            computed = await self._pool.embed(model, [texts[key] for key in missing])
            known |= self._keep(dict(zip(missing, computed, strict=True)))
            if self._shared:
                self._shared.put(missing, computed)
        self._measures.misses.add(len(missing))
        self._measures.hits.add(len(ids) - len(missing))
        return _stacked([known[key] for key in keys], model.spec.dimension)

    def _keep(self, embeddings: dict[bytes, Embedding]) -> dict[bytes, Embedding]:
        for key, embedding in embeddings.items():
            self._cache.put(key, embedding)
        return embeddings


def _key(model_digest: bytes, ids: TokenIds) -> bytes:
    """Of model and token ids, which hold the text's kind and what is left of it: no text is kept."""
    return hashlib.blake2b(ids.tobytes(), digest_size=24, key=model_digest).digest()


def _stacked(rows: Sequence[Embedding], dimension: int) -> NDArray[np.float32]:
    return np.stack(rows) if rows else np.empty((0, dimension), dtype=np.float32)
