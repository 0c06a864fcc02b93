"""How much a less exact form of a model changes what is found with it."""

from collections.abc import Sequence

import numpy as np
from leadgen.text import TextModel
from leadgen.text.spec import Fidelity
from numpy.typing import NDArray

_NEIGHBOURS = 10


def fidelity(exact: NDArray[np.float32], embeddings: NDArray[np.float32]) -> Fidelity:
    """Compare L2-normalised embeddings [n, d] of the same texts with the exact ones; n is at least 2."""
    cosines = (exact * embeddings).sum(axis=1)
    return Fidelity(
        texts=len(exact),
        mean_cosine=_rounded(cosines.mean()),
        min_cosine=_rounded(cosines.min()),
        top10_overlap=_rounded(neighbour_overlap(exact, exact, embeddings, embeddings)),
    )


def neighbour_overlap(
    exact_queries: NDArray[np.float32],
    exact: NDArray[np.float32],
    queries: NDArray[np.float32],
    embeddings: NDArray[np.float32],
) -> float:
    """Share of each query's ten nearest embeddings that are the same in both; a text is no neighbour of itself."""
    found = [
        _nearest(each, among, itself=exact_queries is exact)
        for each, among in ((exact_queries, exact), (queries, embeddings))
    ]
    return float(np.mean([len(np.intersect1d(a, b)) / len(a) for a, b in zip(*found, strict=True)]))


def measured_fidelity(exact: TextModel, model: TextModel, texts: Sequence[str]) -> Fidelity:
    """Embed the texts as passages with both models and compare."""
    return fidelity(exact.encode(texts, "passage"), model.encode(texts, "passage"))


def _nearest(queries: NDArray[np.float32], embeddings: NDArray[np.float32], *, itself: bool) -> NDArray[np.intp]:
    scores = queries @ embeddings.T
    if itself:
        np.fill_diagonal(scores, -np.inf)
    count = min(_NEIGHBOURS, len(embeddings) - 1)
    return np.argpartition(-scores, count - 1, axis=1)[:, :count]


def _rounded(value: float) -> float:
    return round(float(np.clip(value, -1, 1)), 5)
