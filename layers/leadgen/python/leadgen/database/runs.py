"""Runs: which there are, and which one an answer comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from leadgen.database.cursor import Values
from leadgen.database.reading import Key, NotFoundError, Page, read_page
from leadgen.database.schema import Firm, Run, Theme


@dataclass(frozen=True, slots=True)
class RunReference:
    """What an answer says of the run that it comes from."""

    run_id: int
    quarter: str
    text_model: str
    text_model_sha256: str
    dimension: int


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run, complete or not, and how much it holds; `n_clustered` sentences take part in its topics."""

    run_id: int
    quarter: str
    status: str
    started_at: datetime
    finished_at: datetime | None
    text_model: str
    text_model_sha256: str
    dimension: int
    language_model: str | None
    code_version: str
    n_firms: int
    n_failed_firms: int
    n_sentences: int
    n_clustered: int
    n_topics: int
    n_themes: int


_REFERENCE = (Run.id, Run.quarter, Run.text_model, Run.text_model_sha256, Run.dimension)
_COMPLETE = Run.status == "complete"


def list_runs(connection: Connection, n: int, after: Values | None) -> Page[RunSummary]:
    """All runs, the newest quarter and in it the newest run first; keys: quarter, id."""
    firms = _firm_counts()
    themes = select(func.count()).where(Theme.run_id == Run.id, Theme.level == 0).scalar_subquery()
    counts = [func.coalesce(column, 0) for column in firms.c[1:]]
    statement = select(
        Run.id, Run.quarter, Run.status, Run.started_at, Run.finished_at, Run.text_model, Run.text_model_sha256,
        Run.dimension, Run.language_model, Run.code_version, *counts, themes,
    ).outerjoin(firms, firms.c.run_id == Run.id)  # fmt: skip
    keys = [Key(Run.__table__.c.quarter, descending=True), Key(Run.__table__.c.id, descending=True)]
    return read_page(connection, statement, RunSummary, keys, n, after)


def _firm_counts() -> Any:
    done, failed = func.count().filter(Firm.status == "done"), func.count().filter(Firm.status == "failed")
    sums = [func.sum(column).label(column.key) for column in (Firm.n_sentences, Firm.n_clustered, Firm.n_topics)]
    return select(Firm.run_id, done.label("done"), failed.label("failed"), *sums).group_by(Firm.run_id).subquery()


@dataclass(frozen=True, slots=True)
class RunChoice:
    """Which run to answer from: the newest complete one of all, of a quarter, or the one with an id."""

    quarter: str | None = None
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What a run must have to be chosen; `name` is for the error."""

    name: str
    present: ColumnElement[bool]


def choose_run(connection: Connection, choice: RunChoice, part: Part | None = None) -> RunReference:
    """The newest complete run of the choice that has the part. Raises NotFoundError."""
    statement = select(*_REFERENCE).where(_COMPLETE).order_by(Run.quarter.desc(), Run.id.desc()).limit(1)
    wanted = "complete run"
    if choice.run_id is not None:
        statement, wanted = statement.where(Run.id == choice.run_id), f"{wanted} {choice.run_id}"
    if choice.quarter is not None:
        statement, wanted = statement.where(Run.quarter == choice.quarter), f"{wanted} of quarter {choice.quarter}"
    if part is not None:
        statement, wanted = statement.where(part.present), f"{wanted} with {part.name}"
    row = connection.execute(statement).first()
    if row is None:
        raise NotFoundError(f"There is no {wanted}")
    return RunReference(*row)


def choose_runs(connection: Connection, choices: Sequence[RunChoice]) -> list[RunReference]:
    """One run for each choice. Raises NotFoundError."""
    return [choose_run(connection, choice) for choice in choices]


def newest_of_each_quarter() -> Select[int]:
    """The ids of the newest complete runs, one for each quarter."""
    return select(Run.id).where(_COMPLETE).distinct(Run.quarter).order_by(Run.quarter, Run.id.desc())
