"""Fields of a request from columns of a bundle; a column may have any name, so each becomes an alias."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

from leadgen.features import ColumnPlan
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema, create_model
from pydantic_core import PydanticCustomError

MAX_VALUE_LENGTH = 1_000
"""Most characters of a category, an id or a name."""
FieldSpec = tuple[Any, Any]

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
ShortText = Annotated[str, Field(strict=True, max_length=MAX_VALUE_LENGTH)]
Identifier = Annotated[str, Field(strict=True, min_length=1, max_length=MAX_VALUE_LENGTH)]

SCALAR_TYPES = ["string", "number", "boolean", "null"]
LARGEST_NUMBER = 2**53
"""Of a number that stands for a category; beyond it JSON readers disagree (RFC 7493, 2.2)."""


def _category(value: Any) -> Any:
    problem = scalar_problem(value)
    if problem:
        raise PydanticCustomError("category", "{problem}", {"problem": problem})
    return value


def scalar_problem(value: Any) -> str | None:
    """Why `value` is no text, finite number, boolean or null of a sensible size; None where it is."""
    if isinstance(value, str) and len(value) > MAX_VALUE_LENGTH:
        return f"Text should have at most {MAX_VALUE_LENGTH} characters"
    if isinstance(value, float) and not math.isfinite(value):
        return "Input should be a finite number"
    if isinstance(value, int | float) and abs(value) > LARGEST_NUMBER:
        return "Input should be a number between -2^53 and 2^53"
    if value is None or isinstance(value, str | int | float):
        return None
    return "Input should be a text, a number, a boolean or null"


Category = Annotated[
    Any,
    PlainValidator(_category),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "maxLength": MAX_VALUE_LENGTH},
                {"type": "number", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER},
                {"type": "boolean"},
                {"type": "null"},
            ]
        }
    ),
]


class Columns(BaseModel):
    """Base of models whose fields are columns; unknown ones are refused, absent and null ones mean "not known"."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    def row(self) -> dict[str, Any]:
        """The given columns by their own names."""
        fields = type(self).model_fields
        return {str(fields[name].alias): getattr(self, name) for name in self.model_fields_set}


def column_fields(plan: ColumnPlan, others: Mapping[str, str], max_text: int) -> dict[str, FieldSpec]:
    """A field for each feature of the plan, and for `others`, which maps further columns to what they are for."""
    text = Annotated[str, Field(strict=True, max_length=max_text)]
    kinds: list[tuple[tuple[str, ...], Any, str]] = [
        (plan.text, text, "Text: part of the passage that is embedded."),
        (plan.categories, Category, "Category: compared without regard to case and surrounding space."),
        (plan.numbers, Number, "Number."),
    ]
    specs = {column: (kind, meaning) for columns, kind, meaning in kinds for column in columns}
    specs |= {column: (ShortText, meaning) for column, meaning in others.items() if column not in specs}
    return {column: _optional(column, kind, meaning) for column, (kind, meaning) in specs.items()}


def _optional(column: str, kind: Any, meaning: str) -> FieldSpec:
    return kind | None if kind is not Category else kind, Field(None, alias=column, description=meaning)


def columns_model(name: str, doc: str, fields: Mapping[str, FieldSpec], example: Mapping[str, Any]) -> type[Columns]:
    """A model with these columns; the fields' Python names are numbers, so that any column name will do."""
    numbered: dict[str, Any] = {f"column_{i}": spec for i, spec in enumerate(fields.values())}
    config = ConfigDict(json_schema_extra={"examples": [dict(example)]} if example else {})
    base = type(f"{name}Columns", (Columns,), {"model_config": config})
    return create_model(name, __base__=base, __doc__=doc, **numbered)


def validator(check: Callable[..., Any], *bound: Any, schema: Mapping[str, Any]) -> Any:
    """A field type that is whatever `check(*bound, value)` returns, documented as `schema`."""
    return Annotated[Any, PlainValidator(partial(check, *bound)), WithJsonSchema(dict(schema))]
