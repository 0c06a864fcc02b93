"""A made-up request for a bundle's own columns, so that its documentation shows one that runs."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from leadgen.features import ColumnPlan, Row, VectorSpace


def example_row(rows: Sequence[Row], plan: ColumnPlan, space: VectorSpace) -> dict[str, Any]:
    """Frequent words, the most frequent category and the median number of each column; no row of the table."""
    frequent = space.frequent_words(6)
    example: dict[str, Any] = {column: ", ".join(frequent) or "text" for column in plan.text}
    for column in plan.categories:
        counts = Counter(text for row in rows if (text := plan.text_value(row.get(column))))
        if counts:
            example[column] = counts.most_common(1)[0][0]
    for column in plan.numbers:
        values = [value for row in rows if (value := plan.number_value(row.get(column))) is not None]
        if values:
            example[column] = round(float(np.median(values)), 3)
    return example
