"""Columns that know the answer: they look like features, but were filled in because of the outcome."""

from collections.abc import Sequence

import numpy as np
from leadgen.features import ColumnPlan, Row
from numpy.typing import NDArray

from build_artifacts.measures import auc

SUSPICIOUS_AUC = 0.9


def leak_warnings(rows: Sequence[Row], labels: NDArray[np.bool_], plan: ColumnPlan) -> list[str]:
    """A warning for each single column that alone tells high-value rows apart better than an honest one is likely to.

    A category is judged by the rate of high-value rows among the other half of the rows with the same value.
    """
    warnings = []
    for column in (*plan.categories, *plan.numbers):
        value = _column_auc([row.get(column) for row in rows], labels, plan, column)
        if value > SUSPICIOUS_AUC:
            warnings.append(
                f"column {column!r} alone tells high-value rows apart with AUC {value:.3f}: was it filled in after the "
                "outcome? Leave it out if so"
            )
    return warnings


def _column_auc(cells: Sequence[object], labels: NDArray[np.bool_], plan: ColumnPlan, column: str) -> float:
    if column in plan.numbers:
        numbers = [plan.number_value(cell) for cell in cells]
        middle = float(np.median([n for n in numbers if n is not None] or [0.0]))
        value = auc(labels, [middle if n is None else n for n in numbers])
        return 0.5 if value is None else max(value, 1 - value)
    values = [plan.category_value(cell) or "" for cell in cells]
    codes = np.unique(values, return_inverse=True)[1]
    half = np.arange(len(labels)) % 2 == 0
    base, width = float(labels.mean()), int(codes.max()) + 1
    yes = np.bincount(codes[half], labels[half], minlength=width)
    rate = (yes + 2 * base) / (np.bincount(codes[half], minlength=width) + 2)
    return auc(labels[~half], rate[codes[~half]]) or 0.5
