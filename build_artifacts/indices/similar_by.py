"""What "similar" means to the user: rows with the same category, or rows joined by known pairs."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from leadgen.errors import InputError
from leadgen.features import ColumnPlan
from numpy.typing import NDArray

from build_artifacts.jobs.reading import open_source

from .acceptance import identifier
from .options import is_pairs

GENERAL = "general"
"""The space that is learned from no label."""


def space_name(similar_by: str) -> str:
    """The name of the learned space: the column's, fit for a folder and a URL."""
    name = "pairs" if is_pairs(similar_by) else re.sub(r"\W+", "_", similar_by.casefold()).strip("_")
    return "learned" if name in ("", GENERAL) else name


def classes_of(similar_by: str, rows: Sequence[dict[str, Any]], id_col: str, plan: ColumnPlan) -> NDArray[np.int64]:
    """A class number for each row, int64 [n]; -1 where the row has none or is alone in its class.

    `similar_by` is a column of the table, or the path of a parquet or CSV file whose first two columns hold the ids
    of two similar companies; pairs that share a company are one class. Raises InputError naming what is absent.
    """
    if is_pairs(similar_by):
        keys = _joined(similar_by, [str(row[id_col]) for row in rows])
    else:
        if rows and similar_by not in rows[0]:
            raise InputError(f"the companies table has no column {similar_by!r} (--companies-similar-by)")
        keys = [plan.category_value(row.get(similar_by)) for row in rows]
    names = sorted({key for key in keys if key is not None})
    number = {name: i for i, name in enumerate(names)}
    codes = np.array([-1 if key is None else number[key] for key in keys], dtype=np.int64)
    counts = np.bincount(codes[codes >= 0], minlength=max(len(names), 1))
    return np.where((codes >= 0) & (counts[codes] >= 2), codes, -1)


def _joined(path: str, ids: Sequence[str]) -> list[str | None]:
    """The representative of each id's connected component; None for an id in no pair."""
    parent: dict[str, str] = {}

    def root(node: str) -> str:
        while parent.setdefault(node, node) != node:
            parent[node] = node = parent[parent[node]]
        return node

    source = open_source(path, lambda _: None)
    if len(source.columns) < 2:
        raise InputError(f"{path} needs two columns of company ids, it has {', '.join(source.columns)}")
    for batch in source.batches(list(source.columns[:2])):
        for left, right in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            if identifier(left) and identifier(right):
                parent[root(identifier(left))] = root(identifier(right))
    return [root(i) if i in parent else None for i in ids]
