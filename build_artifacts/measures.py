"""The measures that scores and neighbours are judged by; see README's "Quality"."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import roc_auc_score

Doubles = NDArray[np.float64]


def auc(labels: ArrayLike, scores: ArrayLike, weights: ArrayLike | None = None) -> float | None:
    """Area under the ROC curve; None where only one label occurs."""
    flags = np.asarray(labels, dtype=bool)
    if flags.all() or not flags.any():
        return None
    return float(roc_auc_score(flags, np.asarray(scores), sample_weight=weights))


def auc_gain_error(labels: ArrayLike, better: ArrayLike, worse: ArrayLike) -> float:
    """Standard error of the difference of two scores' AUCs on the same rows, of which each label has two or more.

    Source: DeLong et al., Biometrics 44 (1988).
    """
    flags = np.asarray(labels, dtype=bool)
    placed = [_placements(np.asarray(scores, dtype=np.float64), flags) for scores in (better, worse)]
    gains = [one - other for one, other in zip(*placed, strict=True)]
    return float(np.sqrt(sum(gain.var(ddof=1) / len(gain) for gain in gains)))


def _placements(scores: Doubles, flags: NDArray[np.bool_]) -> tuple[Doubles, Doubles]:
    """For each positive the share of negatives below it, for each negative that of positives above it; ties half."""
    positives, negatives = scores[flags], scores[~flags]
    return _share_below(positives, negatives), 1.0 - _share_below(negatives, positives)


def _share_below(values: Doubles, others: Doubles) -> Doubles:
    ordered = np.sort(others)
    below = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")
    return np.asarray(below / (2 * len(ordered)))


def brier(labels: ArrayLike, probabilities: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Mean squared distance of probabilities from outcomes. Source: Brier, Monthly Weather Review 78 (1950)."""
    error = (np.asarray(probabilities) - np.asarray(labels, dtype=np.float64)) ** 2
    return float(np.average(error, weights=None if weights is None else np.asarray(weights)))


def lift(labels: ArrayLike, scores: ArrayLike, share: float = 0.1, weights: ArrayLike | None = None) -> float:
    """Rate of positives among the best `share` of rows, over the rate among all."""
    flags = np.asarray(labels, dtype=np.float64)
    w = np.ones(len(flags)) if weights is None else np.asarray(weights, dtype=np.float64)
    order = np.argsort(-np.asarray(scores), kind="stable")
    best = order[np.cumsum(w[order]) <= share * w.sum() + 1e-9]
    best = order[:1] if not len(best) else best
    base = float(np.average(flags, weights=w))
    return float(np.average(flags[best], weights=w[best]) / base) if base else 0.0


def reliability(
    labels: ArrayLike, probabilities: ArrayLike, bins: int = 10, weights: ArrayLike | None = None
) -> list[dict[str, Any]]:
    """Predicted against observed rate in bins of equal width that hold at least one row."""
    flags, p = np.asarray(labels, dtype=np.float64), np.asarray(probabilities, dtype=np.float64)
    w = np.ones(len(flags)) if weights is None else np.asarray(weights, dtype=np.float64)
    place = np.minimum((p * bins).astype(int), bins - 1)
    rows = []
    for i in np.unique(place):
        inside = place == i
        predicted = float(np.average(p[inside], weights=w[inside]))
        observed = float(np.average(flags[inside], weights=w[inside]))
        rows.append({"from": i / bins, "rows": int(inside.sum()), "predicted": predicted, "observed": observed})
    return rows


def precision_at(neighbors: NDArray[np.int64], classes: NDArray[np.int64], own: NDArray[np.int64], k: int) -> float:
    """Mean share of the first k `neighbors` [n, ≥k] whose class is the row's `own` [n]; -1 classes never match."""
    found = classes[neighbors[:, :k]]
    return float(((found == own[:, None]) & (found >= 0)).mean())
