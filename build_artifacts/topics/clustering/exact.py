"""Neighbours by cosine in arithmetic without rounding, so that they are the same on every machine."""

from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

_LENGTH = 4000


def whole_numbers(embeddings: NDArray[Any]) -> NDArray[np.float32]:
    """Rows [n, d] scaled to one length and rounded to whole numbers: float32 [n, d]; rows of zeros stay.

    Dot products of the result stay below 2^24, where float32 adds whole numbers without rounding, for d up to 10,000:
    neither the number of threads nor the processor can change a similarity, and so no topic. A cosine is off by about
    1e-4.
    """
    rows = np.asarray(embeddings, dtype=np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    scale = np.divide(_LENGTH, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return np.asarray(np.rint(rows * scale), dtype=np.float32)


def distinct(rows: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The distinct rows in the order of their first appearance, and the place of each of the n rows among them."""
    places: dict[bytes, int] = {}
    place = np.array([places.setdefault(row.tobytes(), len(places)) for row in rows + 0.0], dtype=np.int64)
    return rows[np.unique(place, return_index=True)[1]], place


def nearest(points: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """The k rows nearest to each of the `whole_numbers` [n, d], itself among them: int64 [n, k]; k is at most n.

    faiss works in blocks: memory is bounded by n × k. Among equally near rows its choice is arbitrary, but fixed.
    """
    return np.asarray(faiss.knn(points, points, k, metric=faiss.METRIC_INNER_PRODUCT)[1], dtype=np.int64)
