"""A firm's rows: the firm, its topics and its sentences, replaced as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from leadgen.database.schema import TOPIC_IDS, Firm, Sentence, Topic
from leadgen.errors import InputError
from numpy.typing import NDArray
from sqlalchemy import Boolean, Connection, Executable, bindparam, delete, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import insert

from build_artifacts.database.copying import (
    Columns,
    copy_rows,
    half_vectors,
    json_texts,
    side_by_side,
    texts,
    with_nulls,
)
from build_artifacts.database.partitions import partition
from build_artifacts.database.storable import storable
from build_artifacts.topics.firm import FirmSentences, FirmTopics, TopicSummary

from .records import FirmStatus

Vectors = NDArray[np.floating[Any]]


def _replacement() -> Executable:
    """A firm's row, new or in place of an earlier one; its id, and whether it is new."""
    columns = [
        column.name for column in Firm.__table__.columns if column.name != "id" and column.server_default is None
    ]
    statement = insert(Firm).values({name: bindparam(name) for name in columns})
    renewed = {name: statement.excluded[name] for name in columns} | {"processed_at": func.now()}
    statement = statement.on_conflict_do_update(index_elements=["run_id", "company_id"], set_=renewed)
    # No transaction has replaced a row that is new.
    return statement.returning(Firm.id, literal_column("xmax = 0", Boolean).label("is_new"))


_REPLACE = _replacement()


@dataclass(frozen=True, slots=True)
class FirmResult:
    """What a firm's sentences became: k topics over its n clustered sentences."""

    topics: FirmTopics
    summaries: Sequence[TopicSummary]
    embeddings: Vectors
    """[n, d]"""
    topic_embeddings: Vectors
    """[k, d]"""

    def check(self, firm: FirmSentences, dimension: int) -> None:
        """Raises InputError where shapes do not fit; the database does not know the width of a run's vectors."""
        n, k = len(firm.clustered), len(self.topics.topics)
        rows = {len(self.topics.labels), len(self.embeddings)}, {len(self.summaries), len(self.topic_embeddings)}
        widths = {vectors.shape[1] for vectors in (self.embeddings, self.topic_embeddings) if len(vectors)}
        if rows != ({n}, {k}) or widths - {dimension}:
            raise InputError(
                f"firm {firm.company_id}: {n} sentences and {k} topics of a run with {dimension} dimensions got "
                f"{len(self.topics.labels)} labels, {len(self.summaries)} summaries, embeddings "
                f"{self.embeddings.shape} and {self.topic_embeddings.shape}"
            )


def write_firm_rows(connection: Connection, run_id: int, quarter: str, firm: FirmSentences, result: FirmResult) -> None:
    """Replace all that an earlier attempt left of the firm."""
    firm_id = replace_firm(connection, run_id, quarter, firm, "done", n_topics=len(result.topics.topics))
    topic_ids: list[int] = []
    if result.topics.topics:
        topic_ids = _new_ids(connection, len(result.topics.topics))
        copy_rows(connection, partition("topics", run_id), topic_columns(run_id, firm_id, topic_ids, result))
    if firm.texts:
        copy_rows(
            connection, partition("sentences", run_id), sentence_columns(run_id, firm_id, topic_ids, firm, result)
        )


def replace_firm(
    connection: Connection, run_id: int, quarter: str, firm: FirmSentences, status: FirmStatus,
    *, n_topics: int = 0, error: str | None = None,
) -> int:  # fmt: skip
    """The firm's row, new or renewed, without any topic or sentence; returns its id."""
    values = {
        "run_id": run_id, "company_id": storable(firm.company_id), "quarter": quarter, "status": status,
        "ticker": firm.ticker and storable(firm.ticker), "name": firm.name and storable(firm.name),
        "error": error and storable(error), "input_hash": firm.input_hash,
        "n_sentences": len(firm.texts), "n_clustered": len(firm.clustered), "n_topics": n_topics,
    }  # fmt: skip
    row = connection.execute(_REPLACE, values).mappings().one()
    firm_id: int = row["id"]
    if not row["is_new"]:
        for table in (Sentence, Topic):
            connection.execute(delete(table).where(table.run_id == run_id, table.firm_id == firm_id))
    return firm_id


def delete_firms(connection: Connection, run_id: int, company_ids: Sequence[str]) -> None:
    """Remove firms with all that belongs to them."""
    gone = select(Firm.id).where(Firm.run_id == run_id, Firm.company_id.in_([storable(c) for c in company_ids]))
    for table in (Sentence, Topic):
        connection.execute(delete(table).where(table.run_id == run_id, table.firm_id.in_(gone)))
    connection.execute(delete(Firm).where(Firm.id.in_(gone)))


def topic_columns(run_id: int, firm_id: int, topic_ids: Sequence[int], result: FirmResult) -> Columns:
    """A firm's topics, packed for COPY."""
    topics, summaries = result.topics.topics, result.summaries
    return {
        "run_id, id, firm_id, local_id, n_sentences": side_by_side(
            len(topics),
            (run_id, "i4"),
            (topic_ids, "i8"),
            (firm_id, "i8"),
            ([topic.local_id for topic in topics], "i4"),
            ([topic.n_sentences for topic in topics], "i4"),
        ),
        "title": texts([summary.title for summary in summaries]),
        "summary": texts([summary.text for summary in summaries]),
        "summary_source": texts([summary.source for summary in summaries]),
        "representation": json_texts([topic.keywords for topic in topics]),
        "embedding": half_vectors(result.topic_embeddings),
        "centroid": half_vectors(np.stack([topic.centroid for topic in topics])),
    }


def sentence_columns(
    run_id: int, firm_id: int, topic_ids: Sequence[int], firm: FirmSentences, result: FirmResult
) -> Columns:
    """A firm's sentences, packed for COPY."""
    n, clustered = len(firm.texts), firm.clustered
    ids = dict(zip((topic.local_id for topic in result.topics.topics), topic_ids, strict=True))
    found = side_by_side(
        len(clustered),
        ([ids[label] for label in result.topics.labels.tolist()], "i8"),
        (result.topics.similarities, "f4"),
        result.embeddings,
    )
    return {
        "run_id, firm_id, position": side_by_side(n, (run_id, "i4"), (firm_id, "i8"), (np.arange(n), "i4")),
        "document": texts(firm.documents),
        "text": texts(firm.texts),
        "speaker_type": texts(firm.speaker_types),
        "kept_out": texts(firm.kept_out),
        "topic_id, similarity, embedding": with_nulls(found, clustered, n, columns=3),
    }


def _new_ids(connection: Connection, n: int) -> list[int]:
    drawn = select(func.nextval(text(f"'{TOPIC_IDS.name}'"))).select_from(func.generate_series(1, n))
    return list(connection.execute(drawn).scalars())
