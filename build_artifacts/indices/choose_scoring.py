"""Choose how leads are scored, by leave-one-out on the user's own customers with metrics learned out of fold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from leadgen.calibration import Scorer
from leadgen.features import VectorSpace
from leadgen.features.space import TABULAR, unit
from leadgen.scoring import Neighborhood
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from build_artifacts.measures import auc, auc_gain_error

from .fit_space import block_weights
from .leave_one_out import DEPTH, Neighbors, exact_neighbors
from .metric import fit_logistic, relevance

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

TEXT_SHARES = (0.25, 0.5, 0.75, 0.9)
STRENGTHS = (0.01, 0.1, 1.0)
POWERS = (0.5, 1.0)
SIZES = (20, 50, 100, 200)
SPREADS = (0.5, 1.0, 2.0)
_FOLDS = 5
_CLEARLY = 1.6
"""Standard errors of a paired gain: the best of many trials on noise gains one by chance."""

_Split = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Rows to fit on, rows held out."""
_Fold = tuple[NDArray[np.int64], NDArray[np.int64], Doubles, float]
"""Rows fitted on, rows held out, logistic weights and intercept."""


@dataclass(frozen=True)
class Metric:
    """Block weights and, where learned, the strength of the logistic regression and the power of its weights."""

    weights: dict[str, float]
    learned: tuple[float, float] | None = None


@dataclass(frozen=True)
class Trial:
    """A metric tried: out-of-fold neighbours of the judged rows and their scores, the best of which is `scorer`."""

    metric: Metric
    neighbors: Neighbors
    hood: Neighborhood
    scores: dict[Scorer, Doubles]
    aucs: dict[Scorer, float]

    @property
    def scorer(self) -> Scorer:
        """The score with the best AUC."""
        return max(self.aucs, key=lambda name: self.aucs[name])

    @property
    def auc(self) -> float:
        """AUC of the best score."""
        return self.aucs[self.scorer]


@dataclass(frozen=True)
class Choice:
    """What won, and the AUC of everything tried, for the report."""

    trial: Trial
    tried: dict[str, dict[Scorer, float]]


@dataclass(frozen=True)
class Evidence:
    """Rows to choose on: blocks side by side [n, D], the tabular one divided by `tabular_length`, the others of length
    1; labels [n], the rows judged [m] and each one's own rows."""

    blocks: Floats
    tabular_length: float
    labels: NDArray[np.bool_]
    judged: NDArray[np.int64]
    own: list[NDArray[np.int64]]

    @property
    def judged_labels(self) -> NDArray[np.bool_]:
        return np.asarray(self.labels[self.judged])


def choose_scoring(space: VectorSpace, evidence: Evidence, seed: int) -> Choice:
    """The metric, neighbourhood and scorer with the best AUC; a learned one only where it clearly wins."""
    plain = [_try(space, evidence, Metric(weights)) for weights in _weightings(space)]
    best = max(plain, key=lambda trial: trial.auc)
    tried = {_name(trial.metric): trial.aucs for trial in plain}
    splits = _splits(evidence, seed)
    if splits:
        learned = [trial for strength in STRENGTHS for trial in _learn(space, evidence, strength, splits)]
        tried |= {_name(trial.metric): trial.aucs for trial in learned}
        winner = max(learned, key=lambda trial: trial.auc)
        error = auc_gain_error(evidence.judged_labels, winner.scores[winner.scorer], best.scores[best.scorer])
        if winner.auc > best.auc + _CLEARLY * error:
            best = winner
    return Choice(best, tried)


def _weightings(space: VectorSpace) -> list[dict[str, float]]:
    blocks = tuple(space.spec.widths)
    if TABULAR not in blocks or len(blocks) == 1:
        return [block_weights(blocks, 1.0)]
    return [block_weights(blocks, share) for share in TEXT_SHARES]


def _name(metric: Metric) -> str:
    if metric.learned is None:
        return "text " + f"{1 - metric.weights.get(TABULAR, 0.0):.2f}"
    return f"learned C={metric.learned[0]:g} power={metric.learned[1]:g}"


def common_length(space: VectorSpace, blocks: Floats) -> tuple[Floats, float]:
    """Divide the tabular block by its root mean square length over the rows; the blocks and that length."""
    if TABULAR not in space.spec.widths:
        return blocks, 1.0
    span = space.span(TABULAR)
    length = max(float(np.sqrt((blocks[:, span] ** 2).sum(axis=1).mean())), 1e-9)
    blocks[:, span] /= np.float32(length)
    return blocks, length


def weighted(space: VectorSpace, blocks: Floats, weights: dict[str, float]) -> Floats:
    """Blocks [n, D] times the root of each block's weight."""
    scale = np.concatenate([np.full(w, np.sqrt(weights[name])) for name, w in space.spec.widths.items()])
    return np.asarray(blocks * scale.astype(np.float32))


def _try(space: VectorSpace, evidence: Evidence, metric: Metric) -> Trial:
    blocks = evidence.blocks.copy()
    if TABULAR in space.spec.widths:
        span = space.span(TABULAR)
        blocks[:, span] = unit(blocks[:, span])
    vectors = unit(weighted(space, blocks, metric.weights))
    neighbors = exact_neighbors(vectors, evidence.labels, evidence.judged, evidence.own)
    return _trial(metric, neighbors, evidence, None)


def _splits(evidence: Evidence, seed: int) -> list[_Split]:
    """Folds of all rows, nobody fitted on being of the mailbox or company of a judged row held out; none if too few."""
    labels, own = evidence.labels, evidence.own
    if not _FOLDS <= int(labels.sum()) <= len(labels) - _FOLDS:
        return []
    splits = []
    for train, held in StratifiedKFold(_FOLDS, shuffle=True, random_state=seed).split(labels, labels):
        judged = np.flatnonzero(np.isin(evidence.judged, held))
        splits.append((np.setdiff1d(train, np.concatenate([held, *(own[i] for i in judged)])), held))
    return splits if all(len(np.unique(labels[train])) == 2 for train, _ in splits) else []


def _learn(space: VectorSpace, evidence: Evidence, strength: float, splits: Sequence[_Split]) -> list[Trial]:
    """A trial for each power: each judged row by a metric that has not seen its label, among all rows."""
    blocks = weighted(space, evidence.blocks, space.spec.weights)
    folds = [(train, held, *fit_logistic(blocks[train], evidence.labels[train], strength)) for train, held in splits]
    linear = np.zeros(len(evidence.judged))
    for _, held, weights, intercept in folds:
        inside = np.isin(evidence.judged, held)
        linear[inside] = blocks[evidence.judged[inside]] @ weights + intercept
    trials = []
    for power in POWERS:
        neighbors = _out_of_fold(blocks, evidence, folds, power)
        trials.append(_trial(Metric(space.spec.weights, (strength, power)), neighbors, evidence, linear))
    return trials


def _out_of_fold(blocks: Floats, evidence: Evidence, folds: Sequence[_Fold], power: float) -> Neighbors:
    n = len(evidence.judged)
    arrays: list[NDArray[Any]] = []
    for _, held, weights, _ in folds:
        inside = np.flatnonzero(np.isin(evidence.judged, held))
        vectors = unit(blocks * relevance(weights, power))
        found = exact_neighbors(
            vectors, evidence.labels, evidence.judged[inside], [evidence.own[int(i)] for i in inside]
        )
        parts = (found.similarities, found.labels, found.high_value)
        arrays = arrays or [np.zeros((n, part.shape[1]), part.dtype) for part in parts]
        for array, part in zip(arrays, parts, strict=True):
            array[inside] = part
    return Neighbors(*arrays)


def _choose_neighborhood(neighbors: Neighbors, evidence: Evidence) -> Neighborhood:
    """The size and fading of the neighbourhood whose contrast has the best AUC."""
    labels, n = evidence.judged_labels, len(evidence.labels)
    base_rate = float(evidence.labels.mean())
    best: tuple[Neighborhood, float] | None = None
    for size in [size for size in SIZES if size <= max(n // 4, SIZES[0])]:
        depth = min(size, DEPTH, neighbors.similarities.shape[1])
        full = np.isfinite(neighbors.similarities[:, depth - 1])
        reach = neighbors.similarities[full, 0] - neighbors.similarities[full, depth - 1]
        typical = float(np.median(reach)) if full.any() else 0.1
        for spread in SPREADS:
            hood = Neighborhood(contrast=size, temperature=max(typical * spread, 1e-4), base_rate=base_rate)
            value = auc(labels, neighbors.contrast(hood)) or 0.5
            if best is None or value > best[1] + 5e-4:
                best = hood, value
    assert best is not None
    return best[0]


def _trial(metric: Metric, neighbors: Neighbors, evidence: Evidence, linear: Doubles | None) -> Trial:
    hood = _choose_neighborhood(neighbors, evidence)
    contrast = neighbors.contrast(hood)
    scores: dict[Scorer, Doubles] = {"contrast": contrast, "S_look": neighbors.look(hood)}
    if linear is not None:
        scores["blend"] = contrast + linear
    aucs = {name: auc(evidence.judged_labels, values) or 0.5 for name, values in scores.items()}
    return Trial(metric, neighbors, hood, scores, aucs)
