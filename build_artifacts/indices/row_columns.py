"""Which columns can be filtered and which are shown with a row."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from leadgen.features import ColumnPlan, Row

from .options import TableOptions
from .staging import StagedTable

Kind = Literal["category", "number"]


def filter_kinds(table: TableOptions, staged: StagedTable) -> dict[str, Kind]:
    """The columns to filter (by default the categories and numbers), each with its kind; absent ones are left out."""
    wanted = table.filter_cols or (*table.cat_cols, *table.num_cols)
    numbers = {*table.num_cols, *staged.numbers} - {*table.cat_cols, table.id_col}
    return {c: "number" if c in numbers else "category" for c in wanted if c in staged.columns}


def filter_values(rows: Sequence[Row], kinds: Mapping[str, Kind], plan: ColumnPlan) -> dict[str, list[Any]]:
    """The cells of the columns to filter; numbers are read as the features are, from text as well."""
    return {
        column: [plan.number_value(row.get(column)) if kind == "number" else row.get(column) for row in rows]
        for column, kind in kinds.items()
    }


def shown_columns(table: TableOptions, staged: StagedTable) -> tuple[str, ...]:
    """The columns to show (by default the company's name, categories and numbers); never the e-mail unless named."""
    names = tuple(c for c in (table.name_col, table.company_col) if c)
    wanted = table.show_cols or (*names, *table.cat_cols, *table.num_cols)
    return tuple(c for c in dict.fromkeys(wanted) if c in staged.columns)
