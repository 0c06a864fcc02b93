"""Exact inner products over stored float16 vectors: whole scans by blocks, and re-ranking of candidates."""

from collections.abc import Iterator

import faiss
import numpy as np
from numpy.typing import NDArray

from .search_result import SearchResult, absent, nearest

BLOCK_ROWS = 8192


def scan(
    queries: NDArray[np.float32], vectors: NDArray[np.floating], k: int, rows: NDArray[np.int64] | None = None
) -> SearchResult:
    """The k nearest of all `vectors` [n, d], or of those at `rows` only, by exhaustive inner product.

    At most one block of vectors is held as float32 at a time.
    """
    best = absent(len(queries), k)
    for start, block in _blocks(vectors, rows):
        found, at = faiss.knn(queries, block, min(k, len(block)), metric=faiss.METRIC_INNER_PRODUCT)
        at += start
        best = nearest([best, SearchResult(found, at if rows is None else rows[at])], k)
    return best


def _blocks(vectors: NDArray[np.floating], rows: NDArray[np.int64] | None) -> Iterator[tuple[int, NDArray[np.float32]]]:
    total = len(vectors) if rows is None else len(rows)
    for start in range(0, total, BLOCK_ROWS):
        span = slice(start, min(start + BLOCK_ROWS, total))
        block = vectors[span] if rows is None else vectors[rows[span]]
        yield start, np.ascontiguousarray(block, dtype=np.float32)


def rerank(
    queries: NDArray[np.float32], vectors: NDArray[np.floating], candidates: NDArray[np.int64], k: int
) -> SearchResult:
    """The k nearest of each query's own `candidates` int64 [n, c] (-1 for none) by exact inner product."""
    similarities = np.full(candidates.shape, -np.inf, dtype=np.float32)
    for query, rows in enumerate(candidates):
        present = rows >= 0
        similarities[query, present] = vectors[rows[present]].astype(np.float32) @ queries[query]
    return nearest([SearchResult(similarities, candidates)], k)
