"""From leave-one-out scores to percentiles, p-values, probabilities and bands."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from leadgen.calibration import Band, Calibration, Scorer
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import StratifiedKFold

from build_artifacts.measures import auc, brier, lift, reliability

Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]

MAX_POINTS = 2000
LEAST_IN_BAND = 10
_FOLDS = 5


def probability_curve(scores: Doubles, labels: Flags, weights: Doubles) -> tuple[list[float], list[float]]:
    """Isotonic regression as points to interpolate between: each step's mean score and smoothed rate.

    Interpolating keeps the order of scores that a step would tie. Source: Zadrozny & Elkan, KDD 2002; the
    smoothing of each step by one imaginary row of average kind keeps probabilities off 0 and 1.
    """
    order = np.argsort(scores, kind="stable")
    s, y, w = scores[order], labels[order].astype(np.float64), weights[order]
    fitted = IsotonicRegression(out_of_bounds="clip").fit_transform(s, y, sample_weight=w)
    _, step = np.unique(fitted, return_inverse=True)
    mass = np.bincount(step, w)
    base = float(np.average(y, weights=w))
    middles = np.bincount(step, w * s) / mass
    rates = (np.bincount(step, w * y) + base) / (mass + 1.0)
    # Smoothing may tie two small steps: they become one, or the scores between them would lose their order.
    rates, level = np.unique(np.maximum.accumulate(rates), return_inverse=True)
    middles = np.bincount(level, mass * middles) / np.bincount(level, mass)
    low, high = min(s[0], middles[0] - 1e-6), max(s[-1], middles[-1] + 1e-6)
    points = np.concatenate([[low], middles, [high]])
    # The ends rise a little as well, so that the best and the worst scores keep their order.
    values = np.concatenate([[rates[0] * 0.99], rates, [1 - (1 - rates[-1]) * 0.99]])
    return points.tolist(), values.tolist()


def bands(targets: Mapping[str, float], probabilities: Doubles, labels: Flags, weights: Doubles) -> list[Band]:
    """For each target the lowest threshold from which on up the precision holds, best band first."""
    order = np.argsort(-probabilities, kind="stable")
    w, y = weights[order], labels[order]
    precision = np.cumsum(w * y) / np.cumsum(w)
    # A threshold takes all rows of its probability or none.
    ends = np.append(np.diff(probabilities[order]) < 0, True)
    usable = ends & (np.arange(len(y)) >= LEAST_IN_BAND - 1)
    found = []
    for name, target in sorted(targets.items(), key=lambda item: -item[1]):
        enough = np.flatnonzero((precision >= target) & usable)
        if not len(enough):
            found.append(Band(name=name, target_precision=target, threshold=None, precision=None, share=0.0))
            continue
        last = int(enough[-1])
        threshold, share = float(probabilities[order][last]), float(w[: last + 1].sum() / w.sum())
        found.append(
            Band(
                name=name,
                target_precision=target,
                threshold=threshold,
                precision=float(precision[last]),
                share=share,
            )
        )
    return found


def calibrate(
    scorer: Scorer,
    scores: Doubles,
    labels: Flags,
    weights: Doubles,
    *,
    references: Mapping[str, Doubles],
    targets: Mapping[str, float],
    linear: tuple[Doubles, float] | None,
) -> Calibration:
    """`scores` [m] are out of fold; `references` are the leave-one-out look, novel and contrast of customers."""
    points, values = probability_curve(scores, labels, weights)
    probabilities = np.interp(scores, points, values)
    blend = linear if scorer == "blend" else None
    return Calibration(
        scorer=scorer,
        curve_scores=points,
        curve_probabilities=values,
        bands=bands(targets, probabilities, labels, weights),
        linear_weights=None if blend is None else blend[0].tolist(),
        linear_intercept=0.0 if blend is None else blend[1],
        **{name: _thinned(reference) for name, reference in references.items()},
    )


def _thinned(values: Doubles) -> list[float]:
    """Sorted; evenly spaced order statistics where there are more than 2,000."""
    ordered = np.sort(values)
    if len(ordered) <= MAX_POINTS:
        return [float(v) for v in ordered]
    return [float(v) for v in ordered[np.linspace(0, len(ordered) - 1, MAX_POINTS).round().astype(int)]]


def quality(
    scores: Mapping[Scorer, Doubles],
    scorer: Scorer,
    labels: Flags,
    weights: Doubles,
    novelty: Doubles,
    seed: int,
) -> dict[str, Any]:
    """The report in the manifest: every figure on scores that did not see the row they judge."""
    probabilities = _cross_calibrated(scores[scorer], labels, weights, seed)
    return {
        "judged_rows": len(labels),
        "high_value_rows": int(labels.sum()),
        "auc": {name: auc(labels, values, weights) for name, values in scores.items()},
        "probability": {
            "auc": auc(labels, probabilities, weights),
            "brier": brier(labels, probabilities, weights),
            "brier_of_base_rate": brier(labels, np.full(len(labels), np.average(labels, weights=weights)), weights),
            "lift_at_10_percent": lift(labels, probabilities, 0.1, weights),
            "reliability": reliability(labels, probabilities, 10, weights),
        },
        "novelty_p_below_5_percent": float(np.mean(novelty <= 0.05)),
    }


def _cross_calibrated(scores: Doubles, labels: Flags, weights: Doubles, seed: int) -> Doubles:
    """Probabilities by curves fitted without the row; by one curve where a class is too rare to split."""
    if min(int(labels.sum()), int((~labels).sum())) < _FOLDS:
        points, values = probability_curve(scores, labels, weights)
        return np.asarray(np.interp(scores, points, values))
    out = np.zeros(len(scores))
    for train, held in StratifiedKFold(_FOLDS, shuffle=True, random_state=seed).split(scores, labels):
        points, values = probability_curve(scores[train], labels[train], weights[train])
        out[held] = np.interp(scores[held], points, values)
    return out
