"""What a search answers, and the two ways answers are combined: merged, and stripped of excluded rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The nearest rows of each query, most similar first, equal similarities by ascending row.

    `similarities` is float32 [n, k], `rows` int64 [n, k]; -inf and -1 where fewer than k rows exist.
    """

    similarities: NDArray[np.float32]
    rows: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BothResults:
    """The nearest of all rows and, from the same pass, the nearest of the high-value rows."""

    everyone: SearchResult
    high_value: SearchResult


def absent(queries: int, k: int) -> SearchResult:
    """The answer to `queries` queries that found nothing."""
    return SearchResult(np.full((queries, k), -np.inf, dtype=np.float32), np.full((queries, k), -1, dtype=np.int64))


def nearest(results: Sequence[SearchResult], k: int) -> SearchResult:
    """The k best of several results over disjoint rows."""
    similarities = np.concatenate([result.similarities for result in results], axis=1)
    rows = np.concatenate([result.rows for result in results], axis=1)
    if similarities.shape[1] < k:
        padding = absent(len(similarities), k - similarities.shape[1])
        similarities = np.concatenate([similarities, padding.similarities], axis=1)
        rows = np.concatenate([rows, padding.rows], axis=1)
    order = np.lexsort((rows, -similarities), axis=-1)[:, :k]
    queries = np.arange(len(order))[:, None]
    return SearchResult(similarities[queries, order], rows[queries, order])


def without(result: SearchResult, exclude: Sequence[Sequence[int]] | None) -> SearchResult:
    """`result` with each query's excluded rows blanked out; sort again with `nearest`."""
    if exclude is None or not any(map(len, exclude)):
        return result
    similarities, rows = result.similarities.copy(), result.rows.copy()
    for query, excluded in enumerate(exclude):
        unwanted = np.isin(rows[query], np.asarray(excluded, dtype=np.int64))
        similarities[query, unwanted] = -np.inf
        rows[query, unwanted] = -1
    return SearchResult(similarities, rows)
