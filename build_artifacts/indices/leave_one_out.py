"""Nearest customers of customers, a customer never its own neighbour, nor one of the same person or company."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from leadgen.duplicates import EntityCodes
from leadgen.index import VectorIndex
from leadgen.scoring import Neighborhood, high_value_share, log_odds, mean_similarity
from numpy.typing import NDArray

from build_artifacts.nearest import best_columns

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

DEPTH = 200
"""Neighbours looked at; no neighbourhood is larger."""
HIGH_VALUE_DEPTH = 20
_CHUNK = 512


@dataclass(frozen=True)
class Neighbors:
    """Of n rows, best first, -inf and False where there are fewer: of everyone [n, 200], of high-value rows [n, 20]."""

    similarities: Floats
    labels: NDArray[np.bool_]
    high_value: Floats

    def contrast(self, hood: Neighborhood) -> Doubles:
        """kNN log-odds, float64 [n]."""
        share, _ = high_value_share(self.similarities, self.labels, hood)
        return log_odds(share, hood.base_rate)

    def look(self, hood: Neighborhood) -> Doubles:
        """S_look, float64 [n]."""
        return mean_similarity(self.high_value, hood.look)

    def novel(self, hood: Neighborhood) -> Doubles:
        """S_novel, float64 [n]."""
        return 1.0 - mean_similarity(self.similarities, hood.novel)


def same_entity(codes: EntityCodes, rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """For each of `rows`, the rows of the same mailbox or company, itself among them."""
    groups = [_members(code) for code in (codes.email, codes.domain)]
    out = []
    for row in rows:
        found = [np.array([row])]
        for code, (order, ordered) in zip((codes.email, codes.domain), groups, strict=True):
            if code[row] >= 0:
                low, high = np.searchsorted(ordered, [code[row], code[row] + 1])
                found.append(order[low:high])
        out.append(np.unique(np.concatenate(found)))
    return out


def _members(code: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order = np.argsort(code, kind="stable")
    return order, code[order]


def exact_neighbors(
    vectors: Floats, labels: NDArray[np.bool_], queries: NDArray[np.int64], own: Sequence[NDArray[np.int64]]
) -> Neighbors:
    """Neighbours of the rows `queries` among all `vectors` [n, d], by exact search."""
    parts = []
    for start in range(0, len(queries), _CHUNK):
        chosen = queries[start : start + _CHUNK]
        similarities = vectors[chosen] @ vectors.T
        for i, rows in enumerate(own[start : start + _CHUNK]):
            similarities[i, rows] = -np.inf
        parts.append(_top(similarities, labels))
    return Neighbors(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _top(similarities: Floats, labels: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_], Floats]:
    k = min(DEPTH, similarities.shape[1])
    best = best_columns(similarities, k)
    high = similarities[:, labels]
    k_high = min(HIGH_VALUE_DEPTH, high.shape[1])
    nearest = -np.sort(np.partition(-high, k_high - 1, axis=1)[:, :k_high], axis=1)
    return np.take_along_axis(similarities, best, axis=1), labels[best], nearest


def indexed_neighbors(
    index: VectorIndex,
    labels: NDArray[np.bool_],
    queries: NDArray[np.int64],
    own: Sequence[NDArray[np.int64]],
) -> Neighbors:
    """The same through the index that serving will search."""
    parts = []
    for start in range(0, len(queries), _CHUNK):
        chosen = queries[start : start + _CHUNK]
        vectors = index.vectors(chosen)
        found = index.search_both(
            vectors, DEPTH, HIGH_VALUE_DEPTH, exclude=[o.tolist() for o in own[start : start + _CHUNK]]
        )
        flags = labels[found.everyone.rows] & (found.everyone.rows >= 0)
        parts.append((found.everyone.similarities, flags, found.high_value.similarities))
    return Neighbors(*(np.concatenate(part) for part in zip(*parts, strict=True)))
