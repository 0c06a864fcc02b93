"""The rows nearest to a vector: by the run's HNSW index, or exactly where few rows qualify or the index gives too few.

pgvector filters what its index returns; with `hnsw.iterative_scan` it goes on until enough rows pass, or until
`hnsw.max_scan_tuples` (https://github.com/pgvector/pgvector#iterative-index-scans).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import ColumnElement, Connection, Subquery, cast, func, select

from leadgen.database.cursor import Values
from leadgen.database.reading import AnyRow, AnySelect, Key, following

EXACT_ROWS = 20_000
"""Up to so many rows are compared one by one: some milliseconds, and none is missed."""
_LEAST_EF_SEARCH, _MOST_EF_SEARCH, _EF_PER_ROW = 200, 1_000, 4


@dataclass(frozen=True)
class Candidates:
    """Rows to search: `statement` selects them with their columns, `keys` tell rows of equal similarity apart."""

    statement: AnySelect
    embedding: ColumnElement[Any]
    keys: tuple[ColumnElement[Any], ...]
    most: int | None
    """No more rows qualify than this; None where the table has no vector index."""


def nearest(
    connection: Connection,
    candidates: Candidates,
    vector: NDArray[np.float32],
    n: int,
    after: Values | None,
) -> Sequence[AnyRow]:
    """Up to `n` rows after the one with these values, most similar first, never fewer than there are.

    Columns: the statement's, then the cosine similarity (float64) and the keys. `vector` is float32 [d]; rows
    without a direction (a zero vector) are never found.
    """
    if candidates.most is not None and candidates.most > EXACT_ROWS:
        connection.execute(_index_settings(n))
        found = connection.execute(_by_index(candidates, vector, n, after)).all()
        if len(found) == n:
            return found
    return connection.execute(_exactly(candidates, vector, n, after)).all()


def _index_settings(n: int) -> AnySelect:
    """For this transaction only. A generic plan would not know the run's partition, nor that few rows are wanted."""
    settings = {
        "plan_cache_mode": "force_custom_plan",
        "hnsw.iterative_scan": "relaxed_order",
        "hnsw.ef_search": str(min(max(_LEAST_EF_SEARCH, _EF_PER_ROW * n), _MOST_EF_SEARCH)),
    }
    return select(*[func.set_config(name, value, True) for name, value in settings.items()])  # noqa: FBT003


def _by_index(candidates: Candidates, vector: NDArray[np.float32], n: int, after: Values | None) -> AnySelect:
    """Ordered by the expression that is indexed, which gives more rows than are wanted in a rough order, then exactly.

    A row that came late would be missing from this page, and from the next one, which begins below it.
    """
    distance = _distance(candidates, vector)
    ordered = _qualifying(candidates, distance, after).order_by(distance, *candidates.keys)
    scanned = ordered.limit(_EF_PER_ROW * n).subquery("scanned")
    keys = _keys(scanned, len(candidates.keys))
    return select(scanned).order_by(*[key.clause for key in keys]).limit(n)


def _exactly(candidates: Candidates, vector: NDArray[np.float32], n: int, after: Values | None) -> AnySelect:
    """Ordered by similarity, which no index knows."""
    distance = _distance(candidates, vector)
    keys = _ordering(candidates, distance)
    return _qualifying(candidates, distance, after).order_by(*[key.clause for key in keys]).limit(n)


def _qualifying(candidates: Candidates, distance: ColumnElement[float], after: Values | None) -> AnySelect:
    keys = _ordering(candidates, distance)
    columns = [key.column.label(f"key_{i}") for i, key in enumerate(keys)]
    # PostgreSQL holds that NaN equals itself; it is the distance of a vector without direction.
    statement = candidates.statement.add_columns(*columns).where(distance != float("nan"))
    return statement if after is None else statement.where(following(keys, after))


def _distance(candidates: Candidates, vector: NDArray[np.float32]) -> ColumnElement[float]:
    distance: ColumnElement[float] = cast(candidates.embedding, HALFVEC(len(vector))).cosine_distance(vector)
    return distance


def _ordering(candidates: Candidates, distance: ColumnElement[float]) -> list[Key]:
    return [Key(1 - distance, descending=True), *map(Key, candidates.keys)]


def _keys(scanned: Subquery, count: int) -> list[Key]:
    return [Key(scanned.c.key_0, descending=True), *[Key(scanned.c[f"key_{i + 1}"]) for i in range(count)]]
