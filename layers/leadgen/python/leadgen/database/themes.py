"""Themes of a run, their place in the tree, and their history over quarters."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Select, select

from leadgen.database.cursor import Values
from leadgen.database.reading import AnySelect, Key, NotFoundError, Page, read_page
from leadgen.database.runs import Part, newest_of_each_quarter
from leadgen.database.schema import Run, Theme

ThemeSort = Literal["n_firms", "n_topics", "n_sentences"]


@dataclass(frozen=True, slots=True)
class ThemeRecord:
    """A theme as one run sees it; `matched_*` say which earlier run its id was taken over from."""

    theme_id: int
    level: int
    parent_id: int | None
    name: str
    description: str
    description_source: str
    keywords: list[list[Any]]
    n_topics: int
    n_firms: int
    n_sentences: int
    matched_run_id: int | None
    matched_similarity: float | None


@dataclass(frozen=True, slots=True)
class ThemeQuarter:
    """A theme in the newest run of a quarter."""

    run_id: int
    quarter: str
    name: str
    n_topics: int
    n_firms: int
    n_sentences: int


@dataclass(frozen=True, slots=True)
class ThemeTree:
    """A theme with its neighbours in the tree and its history, the oldest quarter first."""

    theme: ThemeRecord
    parent: ThemeRecord | None
    children: list[ThemeRecord]
    history: list[ThemeQuarter]


COLUMNS = (
    Theme.id, Theme.level, Theme.parent_id, Theme.name, Theme.description, Theme.description_source,
    Theme.representation, Theme.n_topics, Theme.n_firms, Theme.n_sentences, Theme.matched_run_id,
    Theme.matched_similarity,
)  # fmt: skip


def list_themes(
    connection: Connection, run_id: int, level: int, sort: ThemeSort, text: str | None, n: int, after: Values | None
) -> Page[ThemeRecord]:
    """Themes of a level, the largest first; `text` is part of name or description. Keys: the count, id."""
    statement = select(*COLUMNS).where(Theme.run_id == run_id, Theme.level == level)
    if text is not None:
        found = Theme.name.icontains(text, autoescape=True) | Theme.description.icontains(text, autoescape=True)
        statement = statement.where(found)
    columns = Theme.__table__.c
    return read_page(
        connection, statement, ThemeRecord, [Key(columns[sort], descending=True), Key(columns.id)], n, after
    )


def find_theme(connection: Connection, run_id: int, theme_id: int) -> ThemeTree:
    """A theme of a run. Raises NotFoundError."""
    theme = _one(connection, run_id, theme_id)
    if theme is None:
        raise NotFoundError(f"Run {run_id} has no theme {theme_id}")
    parent = None if theme.parent_id is None else _one(connection, run_id, theme.parent_id)
    below = select(*COLUMNS).where(Theme.run_id == run_id, Theme.parent_id == theme_id)
    children = connection.execute(below.order_by(Theme.n_topics.desc(), Theme.id))
    return ThemeTree(theme, parent, [ThemeRecord(*row) for row in children], _history(connection, theme_id))


def with_theme(theme_id: int) -> Part:
    """For a run that has this theme."""
    return Part(f"theme {theme_id}", Run.id.in_(select(Theme.run_id).where(Theme.id == theme_id)))


def theme_and_below(run_id: int, theme_id: int) -> Select[int]:
    """The ids of a theme and of all themes under it."""
    tree = select(Theme.id).where(Theme.run_id == run_id, Theme.id == theme_id).cte("tree", recursive=True)
    below = select(Theme.id).join(tree, Theme.parent_id == tree.c.id).where(Theme.run_id == run_id)
    return select(tree.union(below).c.id)


def themes_and_above(run_id: int, leaves: AnySelect) -> Select[int]:
    """The ids of some themes and of all themes above them."""
    start = select(Theme.id, Theme.parent_id).where(Theme.run_id == run_id, Theme.id.in_(leaves))
    tree = start.cte("ancestors", recursive=True)
    above = select(Theme.id, Theme.parent_id).join(tree, Theme.id == tree.c.parent_id).where(Theme.run_id == run_id)
    return select(tree.union(above).c.id)


def _one(connection: Connection, run_id: int, theme_id: int) -> ThemeRecord | None:
    row = connection.execute(select(*COLUMNS).where(Theme.run_id == run_id, Theme.id == theme_id)).first()
    return None if row is None else ThemeRecord(*row)


def _history(connection: Connection, theme_id: int) -> list[ThemeQuarter]:
    columns = (Run.id, Run.quarter, Theme.name, Theme.n_topics, Theme.n_firms, Theme.n_sentences)
    quarters = select(*columns).join(Theme, Theme.run_id == Run.id).where(Theme.id == theme_id)
    newest = quarters.where(Run.id.in_(newest_of_each_quarter())).order_by(Run.quarter)
    return [ThemeQuarter(*row) for row in connection.execute(newest)]
