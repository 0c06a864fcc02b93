"""Learn what "similar" means from labels the user names, and keep it only where rows it has not seen agree."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from leadgen.features.space import unit
from numpy.typing import NDArray

from build_artifacts.nearest import best_columns

from .metric import discriminant_projection, refine_neighbors

Floats = NDArray[np.float32]
Classes = NDArray[np.int64]

HELD_OUT = 0.25
MAX_DIMENSION = 192
SHRINKAGE = 0.5
MIN_LABELLED = 200
_CHUNK = 1000
_CLEARLY = 1.6
"""Standard errors by which neighbours must get better."""


@dataclass(frozen=True)
class LearnedSimilarity:
    """`projection` float32 [D, d] fitted on every labelled row, and the report on those it was judged by."""

    projection: Floats
    better: bool
    report: dict[str, Any]


def learn_similarity(blocks: Floats, classes: Classes, seed: int) -> LearnedSimilarity | None:
    """Fit on three quarters of the labelled rows, judge on the rest, fit again on all.

    `blocks` float32 [n, D] are weighted; `classes` int64 [n], -1 where there is no label. None where fewer than 200
    rows are labelled or only one class occurs.
    """
    labelled = np.flatnonzero(classes >= 0)
    if len(labelled) < MIN_LABELLED or len(np.unique(classes[labelled])) < 2:
        return None
    shuffled = np.random.default_rng(seed).permutation(labelled)
    held, fitted = np.split(shuffled, [int(len(shuffled) * HELD_OUT)])
    learned = _own_class(unit(blocks[held] @ _fit(blocks, classes, fitted, seed)), classes[held])
    general = _own_class(unit(blocks[held]), classes[held])
    gain = learned.mean(axis=1) - general.mean(axis=1)
    error = float(gain.std() / np.sqrt(len(gain)))
    report = {
        "judged_rows": len(held),
        "learned": _precision(learned),
        "general": _precision(general),
        "gain": float(gain.mean()),
        "standard_error": error,
        "classes": len(np.unique(classes[held])),
    }
    better = gain.mean() > _CLEARLY * error
    return LearnedSimilarity(_fit(blocks, classes, labelled, seed), bool(better), report)


def _fit(blocks: Floats, classes: Classes, rows: Classes, seed: int) -> Floats:
    projection = discriminant_projection(blocks[rows], classes[rows], MAX_DIMENSION, SHRINKAGE)
    return refine_neighbors(blocks[rows], classes[rows], projection, seed=seed)


def _own_class(vectors: Floats, classes: Classes) -> NDArray[np.bool_]:
    """Which of the 10 nearest others are of a row's own class, bool [n, 10]."""
    return np.asarray(classes[nearest_others(vectors, 10)] == classes[:, None])


def _precision(own: NDArray[np.bool_]) -> dict[str, float]:
    return {"precision@1": float(own[:, 0].mean()), "precision@10": float(own.mean())}


def nearest_others(vectors: Floats, k: int) -> Classes:
    """The k nearest of the other rows, best first, by exact search: int64 [n, k]."""
    parts = []
    for start in range(0, len(vectors), _CHUNK):
        similarities = vectors[start : start + _CHUNK] @ vectors.T
        rows = np.arange(len(similarities))
        similarities[rows, start + rows] = -np.inf
        parts.append(best_columns(similarities, k))
    return np.concatenate(parts)
