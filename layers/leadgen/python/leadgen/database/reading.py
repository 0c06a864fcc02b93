"""Transactions that can only read, and pages of ordered rows."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, false

from leadgen.database.cursor import Values
from leadgen.errors import LeadgenError

T = TypeVar("T")
AnySelect = Select[*tuple[Any, ...]]
AnyRow = Row[*tuple[Any, ...]]


class NotFoundError(LeadgenError):
    """There is no such run, theme, topic or firm."""


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction in which every statement sees the same state, and in which the server refuses to write."""
    with engine.connect() as connection:
        yield connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows, and the keys of the last one where more follow."""

    rows: list[T]
    next: Values | None


@dataclass(frozen=True, slots=True)
class Key:
    """A column to order by."""

    column: ColumnElement[Any]
    descending: bool = False

    @property
    def clause(self) -> ColumnElement[Any]:
        """For ORDER BY."""
        return self.column.desc() if self.descending else self.column.asc()


def following(keys: Sequence[Key], values: Values) -> ColumnElement[bool]:
    """Whether a row comes after the one with these values; together the keys are unique and never null."""
    condition: ColumnElement[bool] = false()
    for key, value in reversed(list(zip(keys, values, strict=True))):
        beyond = key.column < value if key.descending else key.column > value
        condition = beyond | ((key.column == value) & condition)
    return condition


def read_page(
    connection: Connection,
    statement: AnySelect,
    record: Callable[..., T],
    keys: Sequence[Key],
    n: int,
    after: Values | None,
) -> Page[T]:
    """The `n` rows after the one with the keys `after`, each as `record(*columns)`."""
    if after is not None:
        statement = statement.where(following(keys, after))
    columns = [key.column.label(f"key_{i}") for i, key in enumerate(keys)]
    ordered = statement.add_columns(*columns).order_by(*[key.clause for key in keys]).limit(n + 1)
    return page_of(connection.execute(ordered).all(), record, len(keys), n)


def page_of(rows: Sequence[AnyRow], record: Callable[..., T], keys: int, n: int) -> Page[T]:
    """A page out of up to `n` + 1 rows, whose last columns are the keys."""
    more = tuple(rows[n - 1][-keys:]) if len(rows) > n else None
    return Page([record(*row[:-keys]) for row in rows[:n]], more)
