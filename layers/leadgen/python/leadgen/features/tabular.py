"""Categories and numbers as one numeric vector, applied with numpy alone."""

import json
import zlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from .columns import ColumnPlan, Row

Floats = NDArray[np.float32]

LARGEST = 1e100
"""Larger numbers count as this one, so that sums of squares stay finite."""


def as_array(values: Sequence[float | None], *, log: bool) -> NDArray[np.float64]:
    """Numbers within ±LARGEST, NaN where missing; log1p of those above 0 where `log` is set."""
    raw = np.array([np.nan if value is None else value for value in values], dtype=np.float64).clip(-LARGEST, LARGEST)
    return np.asarray(np.log1p(np.maximum(raw, 0.0)) if log else raw)


class CategoryColumn(BaseModel):
    """One-hot over the frequent values, `hashed` buckets for the rest, flags for other and missing, a frequency."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["category"] = "category"
    name: str
    values: tuple[str, ...]
    hashed: int = 0
    """Buckets for values outside `values`; 0 where the column has few distinct values."""
    frequencies: dict[str, float] = {}
    """Log share of each frequent value, standardised; empty where frequency is no feature of this column."""
    scale: float = 1.0

    @property
    def width(self) -> int:
        return len(self.values) + self.hashed + 3

    def fill(self, out: Floats, values: Sequence[str | None]) -> NDArray[np.bool_]:
        """Write features into zeroed `out` [n, width]; returns which rows hold a value seen when fitting."""
        position = {value: i for i, value in enumerate(self.values)}
        known = np.zeros(len(values), dtype=bool)
        other, missing, frequency = self.width - 3, self.width - 2, self.width - 1
        for i, value in enumerate(values):
            if value is None:
                out[i, missing] = 1.0
                continue
            out[i, frequency] = self.frequencies.get(value, min(self.frequencies.values(), default=0.0))
            known[i] = value in position
            if known[i]:
                out[i, position[value]] = 1.0
                continue
            out[i, other] = 1.0
            if self.hashed:
                out[i, len(self.values) + zlib.crc32(value.encode()) % self.hashed] = 1.0
        out *= self.scale
        return known


class NumberColumn(BaseModel):
    """A standardised value, a "missing" flag, and a step at each quantile, so that a linear metric can bend."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["number"] = "number"
    name: str
    log: bool
    """Take log1p first: set when fitting found a non-negative, long-tailed column."""
    mean: float
    deviation: float
    steps: tuple[float, ...]
    scale: float = 1.0

    @property
    def width(self) -> int:
        return 2 + len(self.steps)

    def fill(self, out: Floats, values: Sequence[float | None]) -> NDArray[np.bool_]:
        """Write features into zeroed `out` [n, width]; returns which rows hold a number."""
        raw = as_array(values, log=self.log)
        known: NDArray[np.bool_] = ~np.isnan(raw)
        out[:, 0] = np.where(known, np.clip((raw - self.mean) / self.deviation, -3.0, 3.0), 0.0)
        out[:, 1] = ~known
        out[:, 2:] = 0.5 * (raw[:, None] > np.array(self.steps))
        out *= self.scale
        return known


class TabularTransform(BaseModel):
    """The fitted columns in order; features are centred on the means of the rows it was fitted on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: tuple[CategoryColumn | NumberColumn, ...]
    center: tuple[float, ...]

    @property
    def width(self) -> int:
        """Number of features."""
        return sum(column.width for column in self.columns)

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Where each column's features lie, for explanations."""
        ends = np.cumsum([column.width for column in self.columns]).tolist()
        return {c.name: slice(end - c.width, end) for c, end in zip(self.columns, ends, strict=True)}

    def raw(self, rows: Sequence[Row], plan: ColumnPlan) -> tuple[Floats, NDArray[np.bool_]]:
        """Features before centring, float32 [n, width], and which columns were known, bool [n, columns]."""
        features = np.zeros((len(rows), self.width), dtype=np.float32)
        known = np.zeros((len(rows), len(self.columns)), dtype=bool)
        for i, (column, part) in enumerate(zip(self.columns, self.slices.values(), strict=True)):
            cells = [row.get(column.name) for row in rows]
            if isinstance(column, CategoryColumn):
                known[:, i] = column.fill(features[:, part], [plan.category_value(cell) for cell in cells])
            else:
                known[:, i] = column.fill(features[:, part], [plan.number_value(cell) for cell in cells])
        return features, known

    def apply(self, rows: Sequence[Row], plan: ColumnPlan) -> tuple[Floats, NDArray[np.bool_]]:
        """Centred features and known flags; a row of which nothing is known is all zeros (an empty block)."""
        features, known = self.raw(rows, plan)
        features -= np.asarray(self.center, dtype=np.float32)
        features[~known.any(axis=1)] = 0.0
        return features, known

    @classmethod
    def load(cls, path: Path) -> "TabularTransform":
        """Read what `save` wrote."""
        return cls.model_validate(json.loads(path.read_text("utf-8")))

    def save(self, path: Path) -> None:
        """Write as JSON."""
        path.write_text(self.model_dump_json(), "utf-8")
