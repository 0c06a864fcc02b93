"""The canonical order of a quarter's rows: company, document, turn, position.

What the data itself orders does not depend on the order of rows or files: rows that share a place are ordered by
their text. Rows without a place stay in the order of the files, which is all there is to go by.
"""

import numpy as np
from numpy.typing import NDArray

from build_artifacts.topics.reading.rows import Coded, Rows

Order = NDArray[np.int64]


def canonical_order(rows: Rows, *, turns: bool) -> Order:
    """Indices of the rows in canonical order, exact repetitions of a place and its text left out.

    With `turns` a row is a whole turn, so that its number is its place; else only a position is.
    """
    keys = _keys(rows)
    order: Order = np.lexsort(keys[::-1]).astype(np.int64)
    placed = rows.numbered.get("position", rows.numbered.get("turn") if turns else None)
    if placed is None or len(order) == 1:
        return order
    same = np.logical_and.reduce([key[order[1:]] == key[order[:-1]] for key in keys]) & np.isfinite(placed[order[1:]])
    return _settled(rows, order, same)


def _keys(rows: Rows) -> list[NDArray[np.float64] | NDArray[np.int64]]:
    ranks = [_ranks(rows.coded[holds]) for holds in ("company", "document") if holds in rows.coded]
    return [*ranks, *(rows.numbered[holds] for holds in ("turn", "position") if holds in rows.numbered)]


def _ranks(column: Coded) -> NDArray[np.int64]:
    """Each cell's place among the sorted values; an empty cell comes first."""
    ranks = np.empty(len(column.values) + 1, dtype=np.int64)
    ranks[sorted(range(len(column.values)), key=column.values.__getitem__)] = np.arange(len(column.values))
    ranks[-1] = -1
    return ranks[column.codes]


def _settled(rows: Rows, order: Order, same: NDArray[np.bool_]) -> Order:
    """The order with each run of rows of the same place sorted by text; `same` [n - 1] ties a row to the one before."""
    kept = np.ones(len(order), dtype=bool)
    starts = np.flatnonzero(same & ~np.concatenate([[False], same[:-1]]))
    for start in starts.tolist():
        stop = start + 1
        while stop <= len(same) and same[stop - 1]:
            stop += 1
        tied = order[start:stop]
        texts = dict(zip(tied.tolist(), rows.texts.take(tied), strict=True))
        order[start:stop] = sorted(texts, key=texts.__getitem__)
        for place in range(start + 1, stop):
            kept[place] = texts[int(order[place])] != texts[int(order[place - 1])]
    return order[kept]
