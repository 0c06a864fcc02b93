"""The tables: runs, and each run's firms, sentences, topics and themes.

Quarters, and several runs of one quarter, lie side by side: every row names its run. `sentences` and `topics` have one
partition for each run, whose vector index is built when the run has loaded it. The columns of vectors have no fixed
width, because a run's text model decides it (`Run.dimension`); queries and indexes cast to that width.
"""

from datetime import datetime
from typing import Any

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    Sequence,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB, REAL
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
RUN_STATES = ("running", "complete")
FIRM_STATES = ("done", "failed")
SPEAKER_TYPES = ("operator", "executive", "analyst", "other")
KEPT_OUT = ("empty", "boilerplate", "repeated", "foreign")
SUMMARY_SOURCES = ("llm", "extractive", "pending")
"""`pending` is an extractive summary that waits for the language model."""


class Base(DeclarativeBase):
    """The schema's metadata, with names for all constraints, as Alembic wants them."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: DateTime(timezone=True), str: Text, int: Integer, float: REAL}  # noqa: RUF012


TOPIC_IDS = Sequence("topic_ids", metadata=Base.metadata, data_type=BigInteger)
THEME_IDS = Sequence("theme_ids", metadata=Base.metadata, data_type=BigInteger)


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN {values!r}", name=column)


class Run(Base):
    """One pass over a quarter, and everything that explains its results."""

    __tablename__ = "runs"
    __table_args__ = (_one_of("status", RUN_STATES), Index("ix_runs_quarter_status", "quarter", "status"))

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    quarter: Mapped[str] = mapped_column(comment="Such as 2021Q3.")
    status: Mapped[str] = mapped_column(default="running")
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    configuration_hash: Mapped[str] = mapped_column(
        unique=True, comment="Of quarter, input, models, parameters and code version: a run that agrees in all resumes."
    )
    input_path: Mapped[str]
    text_model: Mapped[str]
    text_model_sha256: Mapped[str]
    dimension: Mapped[int] = mapped_column(comment="Width of the run's vectors.")
    language_model: Mapped[str | None] = mapped_column(comment="Null where every summary is extractive.")
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    code_version: Mapped[str]
    report: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", comment="Counts, seconds and dollars.")


class Firm(Base):
    """A firm of a run; its row is the checkpoint, written with all that belongs to it in one transaction."""

    __tablename__ = "firms"
    __table_args__ = (
        UniqueConstraint("run_id", "company_id"),
        UniqueConstraint("run_id", "id"),
        Index("ix_firms_company_id", "company_id"),
        _one_of("status", FIRM_STATES),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    company_id: Mapped[str]
    ticker: Mapped[str | None]
    name: Mapped[str | None]
    quarter: Mapped[str]
    status: Mapped[str]
    error: Mapped[str | None]
    input_hash: Mapped[str] = mapped_column(comment="Of the firm's sentences: other sentences are processed anew.")
    n_sentences: Mapped[int]
    n_clustered: Mapped[int]
    n_topics: Mapped[int]
    processed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Theme(Base):
    """A theme as one run sees it; `id` is the same in every run that has the theme."""

    __tablename__ = "themes"
    __table_args__ = (
        ForeignKeyConstraint(["run_id", "parent_id"], ["themes.run_id", "themes.id"], deferrable=True),
        Index("ix_themes_id", "id"),
        _one_of("description_source", SUMMARY_SOURCES),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, THEME_IDS, primary_key=True, autoincrement=False)
    parent_id: Mapped[int | None] = mapped_column(BigInteger, comment="The broader theme above.")
    level: Mapped[int] = mapped_column(comment="0 for a theme that topics belong to, 1 and more for those above.")
    name: Mapped[str]
    description: Mapped[str]
    description_source: Mapped[str]
    representation: Mapped[list[Any]] = mapped_column(JSONB, comment="Keywords with their weights, [[word, weight]].")
    n_topics: Mapped[int]
    n_firms: Mapped[int]
    n_sentences: Mapped[int]
    embedding: Mapped[Any] = mapped_column(HALFVEC())
    matched_run_id: Mapped[int | None] = mapped_column(comment="The earlier run that the id was taken over from.")
    matched_similarity: Mapped[float | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Topic(Base):
    """A topic of one firm."""

    __tablename__ = "topics"
    __table_args__ = (
        UniqueConstraint("run_id", "firm_id", "local_id"),
        ForeignKeyConstraint(["run_id", "firm_id"], ["firms.run_id", "firms.id"]),
        ForeignKeyConstraint(["run_id", "theme_id"], ["themes.run_id", "themes.id"]),
        Index("ix_topics_theme", "run_id", "theme_id"),
        Index("ix_topics_id", "id"),
        _one_of("summary_source", SUMMARY_SOURCES),
        {"postgresql_partition_by": "LIST (run_id)"},
    )

    run_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, TOPIC_IDS, primary_key=True, autoincrement=False)
    firm_id: Mapped[int] = mapped_column(BigInteger)
    local_id: Mapped[int] = mapped_column(comment="0 for the firm's largest topic, and so on.")
    title: Mapped[str]
    summary: Mapped[str]
    summary_source: Mapped[str]
    representation: Mapped[list[Any]] = mapped_column(JSONB, comment="Keywords with their weights, [[word, weight]].")
    n_sentences: Mapped[int]
    theme_id: Mapped[int | None] = mapped_column(BigInteger)
    theme_similarity: Mapped[float | None]
    embedding: Mapped[Any] = mapped_column(HALFVEC(), comment="Of title and summary.")
    centroid: Mapped[Any] = mapped_column(HALFVEC(), comment="Mean of the sentences' embeddings, unit length.")


class Sentence(Base):
    """A sentence of a firm; `kept_out` says why it is in no topic.

    Its foreign keys, to firms and to the run's topics, and its indexes by topic and speaker are each partition's own,
    added when the run is complete: row by row they would take more than half of the time of loading.
    """

    __tablename__ = "sentences"
    __table_args__ = (
        _one_of("speaker_type", SPEAKER_TYPES),
        _one_of("kept_out", KEPT_OUT),
        {"postgresql_partition_by": "LIST (run_id)"},
    )

    run_id: Mapped[int] = mapped_column(primary_key=True)
    firm_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, comment="Place among the firm's sentences, from 0.")
    document: Mapped[str | None] = mapped_column(comment="The call that it was said in.")
    text: Mapped[str]
    speaker_type: Mapped[str | None]
    kept_out: Mapped[str | None]
    topic_id: Mapped[int | None] = mapped_column(BigInteger)
    similarity: Mapped[float | None] = mapped_column(comment="Cosine with the topic's centroid; low for an outlier.")
    embedding: Mapped[Any | None] = mapped_column(HALFVEC(), comment="Null for a sentence that was kept out.")


class LanguageModelCall(Base):
    """A paid call: the ledger, and the answer that is used again instead of asking twice."""

    __tablename__ = "language_model_calls"
    __table_args__ = (Index("ix_language_model_calls_run_id", "run_id"),)

    key: Mapped[str] = mapped_column(primary_key=True, comment="Of model, prompt and answer's schema.")
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    purpose: Mapped[str]
    model: Mapped[str]
    usd: Mapped[float] = mapped_column(Double, comment="Reserved at most before the call, what it cost after it.")
    prompt_tokens: Mapped[int | None]
    completion_tokens: Mapped[int | None]
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="Null while the call is under way.")
    called_at: Mapped[datetime] = mapped_column(server_default=func.now())
