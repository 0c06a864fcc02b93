"""Topics: one, those of a theme, those of a firm."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from leadgen.database.cursor import Values
from leadgen.database.reading import AnySelect, Key, NotFoundError, Page, read_page
from leadgen.database.schema import Firm, Run, Theme, Topic
from leadgen.database.themes import theme_and_below


@dataclass(frozen=True, slots=True)
class TopicRecord:
    """A topic of one firm. `theme_similarity` is the cosine with its theme."""

    topic_id: int
    company_id: str
    ticker: str | None
    firm: str | None
    local_id: int
    title: str
    summary: str
    summary_source: str
    keywords: list[list[Any]]
    n_sentences: int
    theme_id: int | None
    theme: str | None
    theme_similarity: float | None


COLUMNS = (
    Topic.id, Firm.company_id, Firm.ticker, Firm.name, Topic.local_id, Topic.title, Topic.summary,
    Topic.summary_source, Topic.representation, Topic.n_sentences, Topic.theme_id, Theme.name,
    Topic.theme_similarity,
)  # fmt: skip
_KEYS = (Key(Topic.__table__.c.n_sentences, descending=True), Key(Topic.__table__.c.id))


def topics_of_theme(
    connection: Connection, run_id: int, theme_id: int, company_id: str | None, n: int, after: Values | None
) -> Page[TopicRecord]:
    """Topics of a theme and of those under it, the largest first; keys: sentences, id."""
    statement = with_firm_and_theme(select(*COLUMNS)).where(
        Topic.run_id == run_id, Topic.theme_id.in_(theme_and_below(run_id, theme_id))
    )
    if company_id is not None:
        statement = statement.where(Firm.company_id == company_id)
    return read_page(connection, statement, TopicRecord, _KEYS, n, after)


def topics_of_firm(
    connection: Connection, run_id: int, company_id: str, n: int, after: Values | None
) -> Page[TopicRecord]:
    """Topics of a firm, the largest first; keys: sentences, id."""
    statement = with_firm_and_theme(select(*COLUMNS)).where(Topic.run_id == run_id, Firm.company_id == company_id)
    return read_page(connection, statement, TopicRecord, _KEYS, n, after)


def find_topic(connection: Connection, topic_id: int) -> tuple[int, TopicRecord]:
    """The topic with this id and its run. Raises NotFoundError."""
    statement = with_firm_and_theme(select(Topic.run_id, *COLUMNS)).join(Run, Run.id == Topic.run_id)
    row = connection.execute(statement.where(Topic.id == topic_id, Run.status == "complete")).first()
    if row is None:
        raise NotFoundError(f"There is no topic {topic_id} in a complete run")
    return row[0], TopicRecord(*row[1:])


def with_firm_and_theme(statement: AnySelect) -> AnySelect:
    """A statement over topics joined with what they belong to."""
    same_theme = (Theme.run_id == Topic.run_id) & (Theme.id == Topic.theme_id)
    return statement.select_from(Topic).join(Firm, Firm.id == Topic.firm_id).outerjoin(Theme, same_theme)
