"""Fit a table's unsupervised space on a sample of its rows."""

from collections.abc import Sequence

import numpy as np
from leadgen.features import ColumnPlan, Row, TabularTransform, VectorSpace
from leadgen.features.space import LEXICAL, NEURAL, TABULAR, SpaceSpec
from numpy.typing import NDArray

from .fit_lexical import fit_lexical
from .fit_tabular import fit_tabular

Floats = NDArray[np.float32]

SOFTENING = 0.5
"""Principal components of the embeddings are divided by their deviation to this power."""
ROWS_PER_COMPONENT = 4
"""Below so many rows a dimension the spectrum is noise: the embeddings are only centred."""
SHRINK_ROWS = 20
"""The mean of few embeddings says little of the corpus: it is shrunk towards zero by so many imaginary rows."""


def fit_space(
    rows: Sequence[Row],
    passages: Sequence[str],
    embeddings: Floats | None,
    plan: ColumnPlan,
    lexical_dimension: int,
    seed: int,
) -> VectorSpace:
    """The blocks that the plan asks for and the sample can carry, weighted alike; empty blocks drop out."""
    filled = np.array([bool(passage) for passage in passages])
    center, components, lexical = None, None, None
    widths: dict[str, int] = {}
    if embeddings is not None and filled.any():
        center, components = _fit_embeddings(embeddings[filled])
        widths[NEURAL] = embeddings.shape[1]
        lexical = fit_lexical(passages, lexical_dimension, seed)
        if lexical is not None:
            widths[LEXICAL] = lexical.dimension
    tabular: TabularTransform | None = fit_tabular(rows, plan)
    if tabular is not None:
        widths[TABULAR] = tabular.width
    weights = block_weights(tuple(widths), 0.5 if tabular is not None else 1.0)
    spec = SpaceSpec(plan=plan, weights=weights, widths=widths)
    return VectorSpace(spec, center=center, components=components, lexical=lexical, tabular=tabular)


def block_weights(blocks: Sequence[str], text: float) -> dict[str, float]:
    """Weights that give the text blocks the share `text` between them, alike, and the tabular block the rest."""
    textual = [block for block in blocks if block != TABULAR]
    text = 1.0 if TABULAR not in blocks else (text if textual else 0.0)
    return {block: 1.0 - text if block == TABULAR else text / len(textual) for block in blocks}


def _fit_embeddings(embeddings: Floats) -> tuple[Floats, Floats | None]:
    n, d = embeddings.shape
    center = (embeddings.sum(axis=0, dtype=np.float64) / (n + SHRINK_ROWS)).astype(np.float32)
    if n < ROWS_PER_COMPONENT * d:
        return center, None
    centred = embeddings - center
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    variances, vectors = np.linalg.eigh((centred.T @ centred).astype(np.float64) / n)
    deviations = np.sqrt(np.maximum(variances, variances.max() * 1e-6))
    return center, (vectors / deviations**SOFTENING).astype(np.float32)
