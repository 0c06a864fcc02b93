"""Learn what "similar" means from labels the user names, and keep it only where rows it has not seen agree."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from leadgen.features.space import unit
from numpy.typing import NDArray

from build_artifacts.measures import precision_at

from .metric import discriminant_projection, refine_neighbors

Floats = NDArray[np.float32]
Classes = NDArray[np.int64]

HELD_OUT = 0.25
MAX_DIMENSION = 192
SHRINKAGE = 0.5
MIN_LABELLED = 200
_CHUNK = 1000


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
    learned = _precision(unit(blocks[held] @ _fit(blocks, classes, fitted, seed)), classes[held])
    general = _precision(unit(blocks[held]), classes[held])
    report = {
        "judged_rows": len(held),
        "learned": learned,
        "general": general,
        "classes": len(np.unique(classes[held])),
    }
    better = learned["precision@10"] > general["precision@10"] + general["standard_error"]
    return LearnedSimilarity(_fit(blocks, classes, labelled, seed), better, report)


def _fit(blocks: Floats, classes: Classes, rows: Classes, seed: int) -> Floats:
    projection = discriminant_projection(blocks[rows], classes[rows], MAX_DIMENSION, SHRINKAGE)
    return refine_neighbors(blocks[rows], classes[rows], projection, seed=seed)


def _precision(vectors: Floats, classes: Classes) -> dict[str, float]:
    found = nearest_others(vectors, 10)
    own = np.array([precision_at(found[i : i + 1], classes, classes[i : i + 1], 10) for i in range(len(found))])
    return {
        "precision@1": precision_at(found, classes, classes, 1),
        "precision@10": float(own.mean()),
        "standard_error": float(own.std() / np.sqrt(len(own))),
    }


def nearest_others(vectors: Floats, k: int) -> Classes:
    """The k nearest of the other rows, best first, by exact search: int64 [n, k]."""
    parts = []
    for start in range(0, len(vectors), _CHUNK):
        similarities = vectors[start : start + _CHUNK] @ vectors.T
        rows = np.arange(len(similarities))
        similarities[rows, start + rows] = -np.inf
        best = np.argpartition(-similarities, k - 1, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(similarities, best, axis=1), axis=1, kind="stable")
        parts.append(np.take_along_axis(best, order, axis=1))
    return np.concatenate(parts)
