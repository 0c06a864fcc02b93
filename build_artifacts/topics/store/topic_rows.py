"""A run's topics, read back for the steps that follow, and their summaries filled in later."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import groupby
from typing import Any

import numpy as np
from leadgen.database.schema import Firm, Sentence, Topic
from sqlalchemy import Connection, Double, Row, Subquery, func, literal, select, update

from build_artifacts.database.half_vectors import as_bytes, unpack_half_vectors
from build_artifacts.database.storable import storable
from build_artifacts.topics import firm as finding
from build_artifacts.topics.firm import FirmTopics, TopicSummary

from .firm_rows import Vectors
from .records import PendingFirm, TopicTable

_CORE = 0.7
_EXEMPLARS = 8
"""As `TopicModel` chooses the sentences that a topic is summarised from, so that the same question is asked again."""


def read_topics(connection: Connection, run_id: int, dimension: int) -> TopicTable:
    """All topics of the run."""
    query = (
        select(
            Topic.id, Topic.firm_id, Firm.company_id, Topic.n_sentences, Topic.title, Topic.summary,
            as_bytes(Topic.embedding).label("embedding"),
        )
        .join(Firm, (Firm.run_id == Topic.run_id) & (Firm.id == Topic.firm_id))
        .where(Topic.run_id == run_id)
        .order_by(Firm.company_id.collate("C"), Topic.local_id)
    )  # fmt: skip
    rows = connection.execute(query).all()
    return TopicTable(
        ids=np.array([row.id for row in rows], np.int64),
        firm_ids=np.array([row.firm_id for row in rows], np.int64),
        company_ids=[row.company_id for row in rows],
        n_sentences=np.array([row.n_sentences for row in rows], np.int32),
        titles=[row.title for row in rows],
        summaries=[row.summary for row in rows],
        embeddings=unpack_half_vectors([row.embedding for row in rows], dimension),
    )


def read_pending(connection: Connection, run_id: int, dimension: int) -> list[PendingFirm]:
    """Firms with topics that wait for the language model, in canonical order."""
    central = _central(run_id)
    query = (
        select(
            Firm.company_id, Firm.name, Topic.id, Topic.local_id, Topic.n_sentences, Topic.representation,
            as_bytes(Topic.centroid).label("centroid"), central.c.text, central.c.similarity,
        )
        .join(Firm, (Firm.run_id == Topic.run_id) & (Firm.id == Topic.firm_id))
        .join(central, central.c.topic_id == Topic.id)
        .where(Topic.run_id == run_id, central.c.place <= _EXEMPLARS)
        .order_by(Firm.company_id.collate("C"), Topic.local_id)
    )  # fmt: skip
    rows = connection.execute(query).all()
    return [_pending_firm(list(firm), dimension) for _, firm in groupby(rows, lambda row: row.company_id)]


def _central(run_id: int) -> Subquery:
    """Different texts in the core of each pending topic, by place; equally similar ones share theirs."""
    place = func.row_number().over(
        partition_by=Sentence.topic_id, order_by=(Sentence.similarity.desc(), Sentence.position)
    )
    placed = (
        select(Sentence.topic_id, Sentence.text, Sentence.similarity, Topic.n_sentences, place.label("place"))
        .join(Topic, (Topic.run_id == Sentence.run_id) & (Topic.id == Sentence.topic_id))
        .where(Sentence.run_id == run_id, Topic.run_id == run_id, Topic.summary_source == "pending")
        .subquery()
    )
    similarity = func.max(placed.c.similarity)
    return (
        select(
            placed.c.topic_id, placed.c.text, similarity.label("similarity"),
            func.rank().over(partition_by=placed.c.topic_id, order_by=similarity.desc()).label("place"),
        )
        .where(placed.c.place <= func.ceil(literal(_CORE, Double) * placed.c.n_sentences))
        .group_by(placed.c.topic_id, placed.c.text)
        .subquery()
    )  # fmt: skip


def _in_order(group: Iterable[Row[Any]]) -> list[Row[Any]]:
    """A topic's exemplars, the most similar first, equally similar ones in the order that `TopicModel` works in."""
    return sorted(group, key=lambda row: (-row.similarity, blake2b(row.text.encode(), digest_size=16).digest()))


def _pending_firm(found: list[Row[Any]], dimension: int) -> PendingFirm:
    grouped = groupby(found, lambda row: row.id)
    rows = [row for _, group in grouped for row in _in_order(group)[:_EXEMPLARS]]
    topics: list[finding.Topic] = []
    for _, group in groupby(enumerate(rows), lambda numbered: numbered[1].id):
        numbered = list(group)
        row = numbered[0][1]
        topics.append(
            finding.Topic(
                local_id=row.local_id,
                n_sentences=row.n_sentences,
                keywords=tuple((word, weight) for word, weight in row.representation),
                exemplars=tuple(number for number, _ in numbered),
                centroid=unpack_half_vectors([row.centroid], dimension)[0],
            )
        )
    return PendingFirm(
        company_id=rows[0].company_id,
        name=rows[0].name,
        topic_ids=list(dict.fromkeys(row.id for row in rows)),
        texts=[row.text for row in rows],
        topics=FirmTopics(
            topics=tuple(topics),
            labels=np.array([row.local_id for row in rows], np.int32),
            similarities=np.array([row.similarity for row in rows], np.float32),
        ),
    )


def fill_topic_summaries(
    connection: Connection,
    run_id: int,
    topic_ids: Sequence[int],
    summaries: Sequence[TopicSummary],
    embeddings: Vectors,
) -> None:
    """New summaries of topics, with their embeddings [k, d]."""
    for topic_id, summary, embedding in zip(topic_ids, summaries, embeddings, strict=True):
        connection.execute(
            update(Topic)
            .where(Topic.run_id == run_id, Topic.id == topic_id)
            .values(
                title=storable(summary.title),
                summary=storable(summary.text),
                summary_source=summary.source,
                embedding=embedding,
            )
        )
