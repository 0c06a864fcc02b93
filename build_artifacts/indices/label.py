"""Which rows are high value: a column of yes and no, or a comparison of a column with a value."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from leadgen.errors import ConfigurationError

_COMPARISON = re.compile(r"^\s*(.+?)\s*(>=|<=|==|!=|>|<)\s*(.+?)\s*$")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
_YES = frozenset({"1", "1.0", "true", "t", "yes", "y", "won", "converted", "high"})
_NO = frozenset({"0", "0.0", "false", "f", "no", "n", "lost", "low"})


@dataclass(frozen=True, slots=True)
class HighValue:
    """A parsed `--high-value`."""

    column: str
    operator: str | None = None
    value: str = ""

    @classmethod
    def parse(cls, expression: str) -> "HighValue":
        """`column`, or `column OP value` with OP one of >= <= == != > <; raises ConfigurationError."""
        if not expression.strip():
            raise ConfigurationError(
                "--high-value is empty: give a column or a comparison like `annual_spend >= 50000`"
            )
        match = _COMPARISON.match(expression)
        if match is None:
            return cls(expression.strip().strip('`"'))
        column, op, value = match.groups()
        if op not in ("==", "!=") and _number(value) is None:
            raise ConfigurationError(f"--high-value compares {column!r} with {value!r}, which is no number")
        return cls(column.strip('`"'), op, value.strip("'\""))

    def of(self, row: Mapping[str, Any]) -> bool | None:
        """Whether a row is high value; None where its cell cannot be read as an answer."""
        cell = row.get(self.column)
        if cell is None or cell != cell:
            return None
        if self.operator is None:
            text = str(cell).strip().casefold()
            return True if text in _YES else False if text in _NO else None
        number, wanted = _number(cell), _number(self.value)
        if number is not None and wanted is not None:
            return _OPERATORS[self.operator](number, wanted)
        if self.operator in ("==", "!="):
            return _OPERATORS[self.operator](str(cell).strip().casefold(), self.value.casefold())
        return None


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if number == number else None
