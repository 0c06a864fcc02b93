"""The scores of a lead from its neighbours: look-alike, novelty, contrast, and each neighbour's share in them."""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Floats = NDArray[np.floating]
Scores = NDArray[np.float64]

PRIOR_WEIGHT = 2.0
"""How many imaginary neighbours of average kind are added, so that few or equal neighbours say little."""


class Neighborhood(BaseModel):
    """How many neighbours are asked, and how fast their say fades; chosen at build time on the user's own rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    look: int = 20
    """High-value neighbours whose mean similarity is S_look."""
    novel: int = 5
    """Neighbours whose mean similarity is 1 - S_novel."""
    contrast: int = 100
    temperature: float = 0.1
    """τ: a neighbour τ less similar than the nearest weighs 1/e of it."""
    base_rate: float
    """π: share of high-value rows among all."""


def mean_similarity(similarities: Floats, k: int) -> Scores:
    """Mean of the k best similarities of each row of [n, m], absent ones (-inf) left out; 0 where there is none."""
    best = np.asarray(similarities[:, :k], dtype=np.float64)
    present = np.isfinite(best)
    total = np.where(present, best, 0.0).sum(axis=1)
    return np.asarray(total / np.maximum(present.sum(axis=1), 1))


def neighbor_weights(similarities: Floats, temperature: float) -> Scores:
    """`exp((s_i - s_1)/τ)` for similarities [n, k], best first; 0 where a neighbour is absent."""
    s = np.asarray(similarities, dtype=np.float64)
    best = np.where(np.isfinite(s[:, :1]), s[:, :1], 0.0)
    return np.where(np.isfinite(s), np.exp((np.where(np.isfinite(s), s, best) - best) / temperature), 0.0)


def high_value_share(similarities: Floats, labels: NDArray[np.bool_], hood: Neighborhood) -> tuple[Scores, Scores]:
    """Smoothed weighted share of high-value neighbours [n], and each neighbour's part in it [n, k].

    Parts sum to `share - base_rate` exactly.
    """
    weights = neighbor_weights(similarities[:, : hood.contrast], hood.temperature)
    totals = weights.sum(axis=1, keepdims=True) + PRIOR_WEIGHT
    parts = weights * (labels[:, : hood.contrast] - hood.base_rate) / totals
    return hood.base_rate + parts.sum(axis=1), parts


def log_odds(share: Scores, base_rate: float) -> Scores:
    """`logit(share) - logit(base_rate)`: the contrast; above 0 is more high-value neighbours than chance."""
    p, q = np.clip(share, 1e-6, 1 - 1e-6), min(max(base_rate, 1e-6), 1 - 1e-6)
    return np.asarray(np.log(p / (1 - p)) - np.log(q / (1 - q)))
