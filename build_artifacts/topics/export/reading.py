"""A complete run, read from the database in one transaction."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from leadgen.database.runs import RunReference
from leadgen.database.schema import Firm, Run, Sentence, Theme, Topic
from sqlalchemy import Connection, select

from build_artifacts.topics.export.history import History, read_history
from build_artifacts.topics.export.table_columns import (
    FIRMS,
    SENTENCES,
    THEMES,
    TOPICS,
    Columns,
    schema_of,
    table_of,
    with_vectors,
)
from build_artifacts.topics.export.vector_columns import VectorType


@dataclass(frozen=True, slots=True)
class RunTables:
    """A run without its sentences. Vectors are float32 whatever is exported."""

    reference: RunReference
    run: dict[str, Any]
    themes: pa.Table
    topics: pa.Table
    firms: pa.Table
    history: History


def read_run(connection: Connection, run: RunReference) -> RunTables:
    """The run's row as a JSON-able mapping, and its tables: themes the largest first, the others by company id."""
    row = connection.execute(select(Run.__table__).where(Run.id == run.run_id)).one()
    by_company = Firm.company_id.collate("C")
    of_run = Run.id == run.run_id
    themes = (
        select()
        .select_from(Theme)
        .join(Run, Run.id == Theme.run_id)
        .where(of_run)
        .order_by(Theme.level.desc(), Theme.n_firms.desc(), Theme.id)
    )
    firms = select().select_from(Firm).join(Run, Run.id == Firm.run_id).where(of_run).order_by(by_company)
    topics = (
        select()
        .select_from(Topic)
        .join(Run, Run.id == Topic.run_id)
        .join(Firm, Firm.id == Topic.firm_id)
        .outerjoin(Theme, (Theme.run_id == Topic.run_id) & (Theme.id == Topic.theme_id))
        .where(Topic.run_id == run.run_id)
        .order_by(by_company, Topic.local_id)
    )
    return RunTables(
        reference=run,
        run={
            name: value if not hasattr(value, "isoformat") else value.isoformat()
            for name, value in row._mapping.items()
        },
        themes=_read(connection, themes, THEMES, run),
        topics=_read(connection, topics, TOPICS, run),
        firms=_read(connection, firms, FIRMS, run),
        history=read_history(connection, run),
    )


def _read(connection: Connection, statement: Any, columns: Columns, run: RunReference) -> pa.Table:
    expressions = [column.expression for column in columns.values()]
    rows = connection.execute(statement.add_columns(*expressions)).all()
    return table_of(rows, schema_of(columns, "float32", run.dimension))


def sentence_schema(run: RunReference, vectors: VectorType) -> pa.Schema:
    """The columns of `read_sentences`."""
    return schema_of(with_vectors(SENTENCES, vectors), vectors, run.dimension)


def read_sentences(connection: Connection, run: RunReference, vectors: VectorType) -> Iterator[pa.Table]:
    """All sentences by company id and position, firm by firm, so that memory is bounded by the largest firm."""
    schema = sentence_schema(run, vectors)
    columns = [column.expression for column in with_vectors(SENTENCES, vectors).values()]
    firms = select(Firm.id).where(Firm.run_id == run.run_id).order_by(Firm.company_id.collate("C"))
    # The run's id is repeated in each condition for PostgreSQL to look into one partition only.
    of_firm = (
        select(*columns)
        .select_from(Sentence)
        .join(Run, Run.id == Sentence.run_id)
        .join(Firm, Firm.id == Sentence.firm_id)
        .outerjoin(Topic, (Topic.run_id == run.run_id) & (Topic.id == Sentence.topic_id))
        .order_by(Sentence.position)
    )
    for firm_id in connection.execute(firms).scalars().all():
        rows = connection.execute(of_firm.where(Sentence.run_id == run.run_id, Sentence.firm_id == firm_id)).all()
        yield table_of(rows, schema)
