"""Topics from a clusterer's labels: stragglers join the nearest topic, so that every text has one."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Labels = NDArray[np.int32]


def folded(vectors: Floats, labels: NDArray[Any], smallest: int) -> Labels:
    """Labels 0, 1, … by falling size for unit rows [n, d]; -1 and groups below `smallest` join the nearest other group.

    Where no group reaches that size, all rows are one. Groups of one size keep the order of their first rows.
    """
    names, inverse, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    kept = np.flatnonzero((sizes >= smallest) & (names >= 0))
    if len(kept) == 0:
        return np.zeros(len(labels), dtype=np.int32)
    renamed = np.full(len(names), -1, dtype=np.int32)
    renamed[kept] = np.arange(len(kept))
    out = renamed[inverse]
    strays = out < 0
    # Not by matrix multiplication, whose sums depend on the processor.
    out[strays] = np.argmax(np.einsum("id,jd->ij", vectors[strays], centroids(vectors, out)), axis=1)
    return by_size(out)


def by_size(labels: NDArray[Any]) -> Labels:
    """The labels renamed 0, 1, … by falling size, then by first row."""
    _, first, inverse, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    rank = np.argsort(np.lexsort((first, -sizes)))
    return np.asarray(rank[inverse], dtype=np.int32)


def centroids(vectors: Floats, labels: NDArray[Any]) -> Floats:
    """Mean of each label's rows, at unit length: float32 [labels, d]; rows labelled -1 count nowhere."""
    means = [vectors[labels == label].mean(axis=0, dtype=np.float64) for label in range(labels.max() + 1)]
    return unit(np.stack(means))


def unit(rows: NDArray[Any]) -> Floats:
    """The rows [n, d] at unit length, float32; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, lengths, out=np.zeros(rows.shape), where=lengths > 0), dtype=np.float32)


def to_own(vectors: Floats, centers: Floats, labels: NDArray[Any]) -> Floats:
    """Cosine of each unit row [n, d] with the centroid of its label: float32 [n]."""
    return np.asarray(np.einsum("ij,ij->i", vectors, centers[labels], dtype=np.float64), dtype=np.float32)


def core(similarities: Floats, labels: NDArray[Any], share: float) -> list[NDArray[np.int64]]:
    """Of each label, the `share` of its rows that is most similar to the centroid, the most similar first."""
    order = np.argsort(-similarities, kind="stable")
    groups = (order[labels[order] == label] for label in range(labels.max() + 1))
    return [rows[: int(np.ceil(share * len(rows)))] for rows in groups]
