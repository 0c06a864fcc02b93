"""Sentences of a topic."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, Double, cast, func, select

from leadgen.database.cursor import Values
from leadgen.database.reading import Key, Page, read_page
from leadgen.database.schema import Sentence

SentenceOrder = Literal["central", "position"]
_LEAST = -1.0


@dataclass(frozen=True, slots=True)
class SentenceRecord:
    """A sentence at its place in the firm's calls; `similarity` is the cosine with its topic, low for an outlier."""

    position: int
    document: str | None
    speaker_type: str | None
    text: str
    similarity: float | None


def sentences_of_topic(
    connection: Connection,
    run_id: int,
    topic_id: int,
    order: SentenceOrder,
    speaker_types: Sequence[str],
    n: int,
    after: Values | None,
) -> Page[SentenceRecord]:
    """The most central first (keys: similarity, position), or as they were said (key: position)."""
    # A real is written with fewer digits than it needs beside a double, so that it would not equal itself.
    similarity = cast(Sentence.similarity, Double)
    columns = (Sentence.position, Sentence.document, Sentence.speaker_type, Sentence.text, similarity)
    statement = select(*columns).where(Sentence.run_id == run_id, Sentence.topic_id == topic_id)
    if speaker_types:
        statement = statement.where(Sentence.speaker_type.in_(speaker_types))
    position = Key(Sentence.__table__.c.position)
    central = Key(func.coalesce(similarity, _LEAST), descending=True)
    keys = [central, position] if order == "central" else [position]
    return read_page(connection, statement, SentenceRecord, keys, n, after)
