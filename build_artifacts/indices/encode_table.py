"""Encode a staged table through the embedding cache: samples to fit on, and all rows to index."""

from pathlib import Path

import numpy as np
from leadgen.features import ColumnPlan, EncodedRows, VectorSpace, embed_passages
from numpy.typing import NDArray

from build_artifacts.jobs.embedding_cache import EmbeddingCache

from .staging import Batch

Floats = NDArray[np.float32]


def embed(batch: Batch, plan: ColumnPlan, cache: EmbeddingCache | None) -> Floats | None:
    """Embeddings of the batch's passages, float32 [n, t]; None where there is no text model."""
    return None if cache is None else embed_passages(batch.passages, plan, cache.encode)


def encode(space: VectorSpace, batch: Batch, cache: EmbeddingCache | None) -> EncodedRows:
    """The batch in the space."""
    return space.encode_embedded(batch.rows, batch.passages, embed(batch, space.plan, cache))


def vectors_on_disk(path: Path, rows: int, dimension: int) -> np.memmap[tuple[int, int], np.dtype[np.float16]]:
    """A new memory-mapped float16 [rows, dimension]."""
    return np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=(rows, dimension))


def plain_blocks(
    space: VectorSpace, batch: Batch, embeddings: Floats | None, tabular_length: float | None = None
) -> Floats:
    """The batch's blocks side by side, of length 1 or 0 each, or the tabular one over a length: float32 [n, D]."""
    plain = space.with_metric(dict.fromkeys(space.spec.widths, 1.0), None, tabular_length=tabular_length)
    return plain.encode_embedded(batch.rows, batch.passages, embeddings).blocks
