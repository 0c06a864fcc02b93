"""What a caller may ask of a column, taken apart into conditions before any column is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadgen.errors import LeadgenError

Scalar = str | int | float | bool | None
Filter = Scalar | Sequence[Scalar] | Mapping[str, Scalar | Sequence[Scalar]]
"""A value, a list of values of which one must match, or a mapping of conditions that must all hold:

`gte`, `gt`, `lte`, `lt` (numbers; for categories lexicographic, so ISO dates work), `in` and `not` (a value
or a list). `None` stands for a missing value. Missing values satisfy `not`, and never a range.
"""

BOUNDS = ("gt", "gte", "lt", "lte")


class FilterError(LeadgenError):
    """A filter names a column that cannot be filtered, or asks of it what its type cannot answer."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """All must hold: the value is one of `any_of` (None: any), none of `none_of`, and inside the bounds."""

    any_of: tuple[Scalar, ...] | None
    none_of: tuple[Scalar, ...]
    bounds: Mapping[str, str | int | float]


def conditions(column: str, wanted: Filter) -> Conditions:
    """Take `wanted` apart; raises FilterError naming the column for anything that is no filter."""
    if not isinstance(wanted, Mapping):
        return Conditions(_scalars(column, wanted), (), {})
    unknown = sorted(set(wanted) - {*BOUNDS, "in", "not"})
    if unknown or not wanted:
        known = ", ".join(BOUNDS)
        raise FilterError(f"the filter on column {column!r} has conditions {unknown}; known: {known}, in, not")
    any_of = _scalars(column, wanted["in"]) if "in" in wanted else None
    none_of = _scalars(column, wanted["not"]) if "not" in wanted else ()
    bounds = {bound: _limit(column, wanted[bound]) for bound in BOUNDS if bound in wanted}
    return Conditions(any_of, none_of, bounds)


def _scalars(column: str, value: Any) -> tuple[Scalar, ...]:
    listed = isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes)
    values = value if listed else [value]
    for entry in values:
        if not (entry is None or isinstance(entry, str | int | float)) or entry != entry:
            raise FilterError(f"the filter on column {column!r} holds {entry!r}, which is no text or number")
    return tuple(values)


def _limit(column: str, value: Any) -> str | int | float:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value != value:
        raise FilterError(f"the range on column {column!r} ends at {value!r}, which is no text or number")
    return value
