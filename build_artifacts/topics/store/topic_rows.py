"""A run's topics, read back for the steps that follow, and their summaries filled in later."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from leadgen.database.schema import Firm, Sentence, Topic
from sqlalchemy import Connection, Row, func, select, update

from build_artifacts.database.half_vectors import as_bytes, unpack_half_vectors
from build_artifacts.database.storable import storable
from build_artifacts.topics import firm as finding
from build_artifacts.topics.firm import FirmTopics, TopicSummary

from .firm_rows import Vectors
from .records import PendingFirm, TopicTable

_CENTRAL = 10
"""Sentences of a topic that are read for its summary."""


def read_topics(connection: Connection, run_id: int, dimension: int) -> TopicTable:
    """All topics of the run."""
    query = (
        select(
            Topic.id, Topic.firm_id, Firm.company_id, Topic.local_id, Topic.n_sentences, Topic.title, Topic.summary,
            Topic.representation, as_bytes(Topic.centroid).label("centroid"),
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
        local_ids=np.array([row.local_id for row in rows], np.int32),
        n_sentences=np.array([row.n_sentences for row in rows], np.int32),
        titles=[row.title for row in rows],
        summaries=[row.summary for row in rows],
        representations=[[(word, weight) for word, weight in row.representation] for row in rows],
        centroids=unpack_half_vectors([row.centroid for row in rows], dimension),
        embeddings=unpack_half_vectors([row.embedding for row in rows], dimension),
    )


def read_pending(connection: Connection, run_id: int, dimension: int) -> list[PendingFirm]:
    """Firms with topics that wait for the language model, in canonical order."""
    place = func.row_number().over(
        partition_by=Sentence.topic_id, order_by=(Sentence.similarity.desc(), Sentence.position)
    )
    waiting = select(Topic.id).where(Topic.run_id == run_id, Topic.summary_source == "pending")
    central = (
        select(Sentence.topic_id, Sentence.text, Sentence.similarity, place.label("place"))
        .where(Sentence.run_id == run_id, Sentence.topic_id.in_(waiting))
        .subquery()
    )
    query = (
        select(
            Firm.company_id, Firm.name, Topic.id, Topic.local_id, Topic.n_sentences, Topic.representation,
            as_bytes(Topic.centroid).label("centroid"), central.c.text, central.c.similarity,
        )
        .join(Firm, (Firm.run_id == Topic.run_id) & (Firm.id == Topic.firm_id))
        .join(central, central.c.topic_id == Topic.id)
        .where(Topic.run_id == run_id, central.c.place <= _CENTRAL)
        .order_by(Firm.company_id.collate("C"), Topic.local_id, central.c.place)
    )  # fmt: skip
    rows = connection.execute(query).all()
    return [_pending_firm(list(firm), dimension) for _, firm in groupby(rows, lambda row: row.company_id)]


def _pending_firm(rows: list[Row[Any]], dimension: int) -> PendingFirm:
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
