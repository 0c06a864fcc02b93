"""Fit the encoders of categories and numbers on a sample of rows."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from leadgen.features import CategoryColumn, ColumnPlan, NumberColumn, Row, TabularTransform
from leadgen.features.tabular import as_array

MAX_VALUES = 64
"""Categories with a feature of their own, a column; the rest share hashed buckets."""
HASHED_BUCKETS = 16
STEPS = 8


def fit_tabular(rows: Sequence[Row], plan: ColumnPlan) -> TabularTransform | None:
    """None where the plan has neither categories nor numbers.

    Every column is scaled to the same total variance, so that none counts more for having more values.
    """
    columns: list[CategoryColumn | NumberColumn] = [
        *(_category(c, [plan.category_value(row.get(c)) for row in rows]) for c in plan.categories),
        *(_number(c, [plan.number_value(row.get(c)) for row in rows]) for c in plan.numbers),
    ]
    if not columns:
        return None
    unscaled = TabularTransform(columns=tuple(columns), center=(0.0,) * sum(c.width for c in columns))
    features, _ = unscaled.raw(rows, plan)
    scaled = []
    for column, part in zip(columns, unscaled.slices.values(), strict=True):
        deviation = float(np.sqrt(features[:, part].var(axis=0, dtype=np.float64).sum()))
        scale = 1.0 / deviation if deviation > 1e-6 else 1.0
        features[:, part] *= scale
        scaled.append(column.model_copy(update={"scale": scale}))
    center = features.mean(axis=0, dtype=np.float64)
    return TabularTransform(columns=tuple(scaled), center=tuple(center.tolist()))


def _category(name: str, values: Sequence[str | None]) -> CategoryColumn:
    counts = Counter(value for value in values if value is not None)
    least = max(2, min(10, len(values) // 500))
    frequent = [value for value, count in sorted(counts.items(), key=lambda i: (-i[1], i[0])) if count >= least]
    kept, many = frequent[:MAX_VALUES], len(counts) > MAX_VALUES
    logs = {value: float(np.log(counts[value] / len(values))) for value in kept} if many else {}
    middle = float(np.mean(list(logs.values()))) if logs else 0.0
    spread = max(float(np.std(list(logs.values()))), 1e-6) if logs else 1.0
    return CategoryColumn(
        name=name,
        values=tuple(kept),
        hashed=HASHED_BUCKETS if many else 0,
        frequencies={value: (log - middle) / spread / 4 for value, log in logs.items()},
    )


def _number(name: str, values: Sequence[float | None]) -> NumberColumn:
    x = as_array([value for value in values if value is not None], log=False)
    if not len(x):
        return NumberColumn(name=name, log=False, mean=0.0, deviation=1.0, steps=())
    log = bool(x.min() >= 0 and np.mean(x) > 1.5 * max(float(np.median(x)), 1e-9))
    x = as_array(x.tolist(), log=log)
    quantiles = np.unique(np.quantile(x, np.linspace(0, 1, STEPS + 2)[1:-1]))
    steps = quantiles[quantiles < x.max()].tolist()
    # The deviation of a constant is 0, or what rounding leaves: any other value would be infinitely far from it.
    deviation = max(float(x.std()), 1e-9) if x.min() < x.max() else 1.0
    return NumberColumn(name=name, log=log, mean=float(x.mean()), deviation=deviation, steps=tuple(steps))
