"""Sentences, topics and themes that are about a text, of one run or of several."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, func, select

from leadgen.database import topics
from leadgen.database.cursor import Values
from leadgen.database.nearest import Candidates, nearest
from leadgen.database.reading import AnyRow, AnySelect, Page
from leadgen.database.runs import RunReference
from leadgen.database.schema import Firm, Sentence, Theme, Topic
from leadgen.database.themes import COLUMNS as THEME_COLUMNS
from leadgen.database.themes import ThemeRecord, theme_and_below, themes_and_above
from leadgen.database.topics import TopicRecord

T = TypeVar("T")
Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Filters:
    """All that are given must hold, each by any of its values; speaker types are for sentences, levels for themes.

    `theme_id` stands for a theme and all under it.
    """

    company_ids: tuple[str, ...] = ()
    speaker_types: tuple[str, ...] = ()
    theme_id: int | None = None
    level: int | None = None


@dataclass(frozen=True, slots=True)
class FoundSentence:
    """A sentence with the firm that said it and the topic that it is in."""

    company_id: str
    ticker: str | None
    firm: str | None
    position: int
    document: str | None
    speaker_type: str | None
    text: str
    topic_id: int | None
    topic: str | None
    theme_id: int | None


@dataclass(frozen=True, slots=True)
class Hit(Generic[T]):
    """What was found in a run; `keys` place it among all hits, its cosine similarity first."""

    run: RunReference
    keys: Values
    found: T

    @property
    def similarity(self) -> float:
        """Cosine, -1 to 1, to the precision of the stored vectors."""
        return min(max(float(self.keys[0]), -1.0), 1.0)


Search = Callable[[Connection, RunReference, Vector, Filters, int, Values | None], list[Hit[T]]]


def search_runs(
    connection: Connection,
    search: Search[T],
    runs: Sequence[RunReference],
    vector: Vector,
    filters: Filters,
    n: int,
    after: Values | None,
) -> Page[Hit[T]]:
    """The `n` hits of all runs together after the one with the keys `after`, most similar first."""
    hits = [hit for run in runs for hit in search(connection, run, vector, filters, n + 1, after)]
    hits.sort(key=lambda hit: (-float(hit.keys[0]), *hit.keys[1:]))
    return Page(hits[:n], hits[n - 1].keys if len(hits) > n else None)


def search_sentences(
    connection: Connection, run: RunReference, vector: Vector, filters: Filters, n: int, after: Values | None = None
) -> list[Hit[FoundSentence]]:
    """Up to `n` sentences; keys: similarity, run, firm's row, position. Kept-out ones have no vector to be found by."""
    conditions = [Sentence.run_id == run.run_id, Sentence.embedding.is_not(None)]
    if filters.speaker_types:
        conditions.append(Sentence.speaker_type.in_(filters.speaker_types))
    if filters.company_ids:
        conditions.append(Sentence.firm_id.in_(_firms(run, filters)))
    if filters.theme_id is not None:
        within = Topic.theme_id.in_(theme_and_below(run.run_id, filters.theme_id))
        conditions.append(Sentence.topic_id.in_(select(Topic.id).where(Topic.run_id == run.run_id, within)))
    columns = (
        Sentence.run_id, Sentence.firm_id, Sentence.position, Sentence.document, Sentence.speaker_type, Sentence.text,
        Sentence.topic_id,
    )  # fmt: skip
    candidates = Candidates(
        select(*columns).where(*conditions),
        Sentence.__table__.c.embedding,
        (Sentence.__table__.c.run_id, Sentence.__table__.c.firm_id, Sentence.__table__.c.position),
        _most(connection, run, filters, Firm.n_clustered, Theme.n_sentences),
    )
    rows = nearest(connection, candidates, vector, n, after)
    firms, of_topics = _named_firms(connection, rows), _named_topics(connection, run, rows)
    return [_sentence_hit(run, row, firms, of_topics) for row in rows]


def search_topics(
    connection: Connection, run: RunReference, vector: Vector, filters: Filters, n: int, after: Values | None = None
) -> list[Hit[TopicRecord]]:
    """Up to `n` topics, by title and summary; keys: similarity, run, id."""
    conditions = [Topic.run_id == run.run_id]
    if filters.company_ids:
        conditions.append(Topic.firm_id.in_(_firms(run, filters)))
    if filters.theme_id is not None:
        conditions.append(Topic.theme_id.in_(theme_and_below(run.run_id, filters.theme_id)))
    candidates = Candidates(
        select(Topic.id).where(*conditions),
        Topic.__table__.c.embedding,
        (Topic.__table__.c.run_id, Topic.__table__.c.id),
        _most(connection, run, filters, Firm.n_topics, Theme.n_topics),
    )
    rows = nearest(connection, candidates, vector, n, after)
    wanted = select(*topics.COLUMNS).where(Topic.run_id == run.run_id, Topic.id.in_([row[0] for row in rows]))
    records = {row[0]: TopicRecord(*row) for row in connection.execute(topics.with_firm_and_theme(wanted))}
    return [Hit(run, tuple(row[1:]), records[row[0]]) for row in rows]


def search_themes(
    connection: Connection, run: RunReference, vector: Vector, filters: Filters, n: int, after: Values | None = None
) -> list[Hit[ThemeRecord]]:
    """Up to `n` themes; of a firm are those that its topics are in, and all above. Keys: similarity, run, id."""
    conditions: list[ColumnElement[bool]] = [Theme.run_id == run.run_id]
    if filters.level is not None:
        conditions.append(Theme.level == filters.level)
    if filters.theme_id is not None:
        conditions.append(Theme.id.in_(theme_and_below(run.run_id, filters.theme_id)))
    if filters.company_ids:
        of_firms = select(Topic.theme_id).where(Topic.run_id == run.run_id, Topic.firm_id.in_(_firms(run, filters)))
        conditions.append(Theme.id.in_(themes_and_above(run.run_id, of_firms)))
    table = Theme.__table__.c
    candidates = Candidates(
        select(*THEME_COLUMNS).where(*conditions), table.embedding, (table.run_id, table.id), most=None
    )
    rows = nearest(connection, candidates, vector, n, after)
    return [Hit(run, tuple(row[-3:]), ThemeRecord(*row[:-3])) for row in rows]


def _firms(run: RunReference, filters: Filters) -> AnySelect:
    return select(Firm.id).where(Firm.run_id == run.run_id, Firm.company_id.in_(filters.company_ids))


def _most(connection: Connection, run: RunReference, filters: Filters, of_firms: Any, of_theme: Any) -> int:
    """The most rows that firms and theme leave, out of the counts that the run stored."""
    firms = select(func.coalesce(func.sum(of_firms), 0)).where(Firm.run_id == run.run_id)
    if filters.company_ids:
        firms = firms.where(Firm.company_id.in_(filters.company_ids))
    most = int(connection.execute(firms).scalar_one())
    if filters.theme_id is None:
        return most
    theme = select(of_theme).where(Theme.run_id == run.run_id, Theme.id == filters.theme_id)
    return min(most, connection.execute(theme).scalar() or 0)


def _named_firms(connection: Connection, rows: Sequence[AnyRow]) -> dict[int, tuple[Any, ...]]:
    wanted = select(Firm.id, Firm.company_id, Firm.ticker, Firm.name).where(Firm.id.in_({row.firm_id for row in rows}))
    return {row[0]: tuple(row[1:]) for row in connection.execute(wanted)}


def _named_topics(connection: Connection, run: RunReference, rows: Sequence[AnyRow]) -> dict[int, tuple[Any, ...]]:
    ids = {row.topic_id for row in rows if row.topic_id is not None}
    wanted = select(Topic.id, Topic.title, Topic.theme_id).where(Topic.run_id == run.run_id, Topic.id.in_(ids))
    return {row[0]: tuple(row[1:]) for row in connection.execute(wanted)}


def _sentence_hit(
    run: RunReference, row: AnyRow, firms: dict[int, tuple[Any, ...]], of_topics: dict[int, tuple[Any, ...]]
) -> Hit[FoundSentence]:
    company_id, ticker, firm = firms[row.firm_id]
    topic, theme_id = of_topics.get(row.topic_id, (None, None))
    found = FoundSentence(
        company_id=company_id,
        ticker=ticker,
        firm=firm,
        position=row.position,
        document=row.document,
        speaker_type=row.speaker_type,
        text=row.text,
        topic_id=row.topic_id,
        topic=topic,
        theme_id=theme_id,
    )
    return Hit(run, tuple(row[-4:]), found)
