"""Filters on the columns that a bundle declares."""

from collections.abc import Iterable, Mapping
from typing import Any

from leadgen.rows import FilterError
from leadgen.rows.filters import BOUNDS, conditions
from pydantic import Field
from pydantic_core import PydanticCustomError

from functions.api.schemas.columns import (
    LARGEST_NUMBER,
    MAX_VALUE_LENGTH,
    Columns,
    columns_model,
    scalar_problem,
    validator,
)

_MOST_VALUES = 1_000
_TEXT = {"type": "string", "maxLength": MAX_VALUE_LENGTH}
_NUMBER = {"type": "number", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER}
_TYPES = {"category": [_TEXT, _NUMBER, {"type": "boolean"}, {"type": "null"}], "number": [_NUMBER, {"type": "null"}]}
_LIMITS = {"category": [_TEXT, _NUMBER], "number": [_NUMBER]}


def filters_model(columns: Mapping[str, str]) -> type[Columns]:
    """A model with a field for each filterable column, which `columns` maps to `category` or `number`."""
    fields = {
        column: (
            validator(_checked, column, kind, schema=_schema(kind)),
            Field(None, alias=column, description=f"A value, a list of values, or conditions ({kind})."),
        )
        for column, kind in columns.items()
    }
    doc = (
        "All must hold. A value: equal; a list: any of them; conditions: all of them. null stands for a missing value."
    )
    return columns_model("Filters", doc, fields, {})


def _checked(column: str, kind: str, wanted: Any) -> Any:
    try:
        asked = conditions(column, wanted)
    except FilterError as error:
        raise PydanticCustomError("filter", "{problem}", {"problem": str(error)}) from error
    values = [*(asked.any_of or ()), *asked.none_of, *asked.bounds.values()]
    problem = _value_problem(kind, values) or _size_problem(wanted, asked.any_of, asked.none_of)
    if problem:
        raise PydanticCustomError("filter", "{problem}", {"problem": problem})
    return wanted


def _value_problem(kind: str, values: Iterable[Any]) -> str | None:
    for value in values:
        problem = scalar_problem(value)
        if problem:
            return problem
        if kind == "number" and value is not None and (isinstance(value, bool | str)):
            return "Input should be a number: this column holds numbers"
    return None


def _size_problem(wanted: Any, *lists: tuple[Any, ...] | None) -> str | None:
    given = [wanted, *wanted.values()] if isinstance(wanted, Mapping) else [wanted]
    if any(isinstance(value, list) and not value for value in given):
        return "List should have at least 1 value"
    if any(values is not None and len(values) > _MOST_VALUES for values in lists):
        return f"List should have at most {_MOST_VALUES} values"
    return None


def _schema(kind: str) -> dict[str, Any]:
    scalars = {"anyOf": _TYPES[kind]}
    several = {"type": "array", "items": scalars, "minItems": 1, "maxItems": _MOST_VALUES}
    either = {"anyOf": [*_TYPES[kind], several]}
    limits = {bound: {"anyOf": _LIMITS[kind]} for bound in BOUNDS}
    condition = {
        "type": "object",
        "properties": {**limits, "in": either, "not": either},
        "additionalProperties": False,
        "minProperties": 1,
    }
    return {"anyOf": [*_TYPES[kind], several, condition]}
