"""Firms of a run, and the quarters they are known in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from leadgen.database.reading import NotFoundError
from leadgen.database.runs import Part, newest_of_each_quarter
from leadgen.database.schema import Firm, Run


@dataclass(frozen=True, slots=True)
class FirmRecord:
    """A firm in one run; `n_clustered` of its sentences take part in topics."""

    company_id: str
    ticker: str | None
    name: str | None
    status: str
    n_sentences: int
    n_clustered: int
    n_topics: int
    processed_at: datetime


@dataclass(frozen=True, slots=True)
class FirmQuarter:
    """A firm in the newest run of a quarter."""

    run_id: int
    quarter: str
    status: str
    n_sentences: int
    n_topics: int


def find_firm(connection: Connection, run_id: int, company_id: str) -> FirmRecord:
    """A firm of a run. Raises NotFoundError."""
    columns = (
        Firm.company_id, Firm.ticker, Firm.name, Firm.status, Firm.n_sentences, Firm.n_clustered, Firm.n_topics,
        Firm.processed_at,
    )  # fmt: skip
    row = connection.execute(select(*columns).where(Firm.run_id == run_id, Firm.company_id == company_id)).first()
    if row is None:
        raise NotFoundError(f"Run {run_id} has no such firm")
    return FirmRecord(*row)


def quarters_of_firm(connection: Connection, company_id: str) -> list[FirmQuarter]:
    """The firm in every quarter that has it, the oldest first."""
    columns = (Run.id, Run.quarter, Firm.status, Firm.n_sentences, Firm.n_topics)
    quarters = select(*columns).join(Firm, Firm.run_id == Run.id).where(Firm.company_id == company_id)
    newest = quarters.where(Run.id.in_(newest_of_each_quarter())).order_by(Run.quarter)
    return [FirmQuarter(*row) for row in connection.execute(newest)]


def with_firm(company_id: str) -> Part:
    """For a run that has this firm."""
    return Part("this firm", Run.id.in_(select(Firm.run_id).where(Firm.company_id == company_id)))
