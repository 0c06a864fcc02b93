"""What the exported tables consist of: SQL on one side, Arrow on the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from leadgen.database.schema import Firm, Run, Sentence, Theme, Topic

from build_artifacts.database.half_vectors import as_bytes
from build_artifacts.topics.export.vector_columns import VectorType, vector_column, vector_type

KEYWORDS = pa.list_(pa.struct([("word", pa.string()), ("weight", pa.float32())]))


@dataclass(frozen=True, slots=True)
class Column:
    """An SQL expression and its Arrow type; without a type it is a vector."""

    expression: Any
    type: pa.DataType | None


Columns = Mapping[str, Column]

_RUN: Columns = {"run_id": Column(Run.id, pa.int32()), "quarter": Column(Run.quarter, pa.string())}
"""First in every table, so that tables of several quarters can be put together."""

THEMES: Columns = {
    **_RUN,
    "theme_id": Column(Theme.id, pa.int64()),
    "parent_id": Column(Theme.parent_id, pa.int64()),
    "level": Column(Theme.level, pa.int32()),
    "name": Column(Theme.name, pa.string()),
    "description": Column(Theme.description, pa.string()),
    "description_source": Column(Theme.description_source, pa.string()),
    "keywords": Column(Theme.representation, KEYWORDS),
    "n_topics": Column(Theme.n_topics, pa.int32()),
    "n_firms": Column(Theme.n_firms, pa.int32()),
    "n_sentences": Column(Theme.n_sentences, pa.int32()),
    "matched_run_id": Column(Theme.matched_run_id, pa.int32()),
    "matched_similarity": Column(Theme.matched_similarity, pa.float32()),
    "embedding": Column(as_bytes(Theme.embedding), None),
}
TOPICS: Columns = {
    **_RUN,
    "topic_id": Column(Topic.id, pa.int64()),
    "company_id": Column(Firm.company_id, pa.string()),
    "ticker": Column(Firm.ticker, pa.string()),
    "firm": Column(Firm.name, pa.string()),
    "local_id": Column(Topic.local_id, pa.int32()),
    "title": Column(Topic.title, pa.string()),
    "summary": Column(Topic.summary, pa.string()),
    "summary_source": Column(Topic.summary_source, pa.string()),
    "keywords": Column(Topic.representation, KEYWORDS),
    "n_sentences": Column(Topic.n_sentences, pa.int32()),
    "theme_id": Column(Topic.theme_id, pa.int64()),
    "theme": Column(Theme.name, pa.string()),
    "theme_similarity": Column(Topic.theme_similarity, pa.float32()),
    "embedding": Column(as_bytes(Topic.embedding), None),
    "centroid": Column(as_bytes(Topic.centroid), None),
}
FIRMS: Columns = {
    **_RUN,
    "company_id": Column(Firm.company_id, pa.string()),
    "ticker": Column(Firm.ticker, pa.string()),
    "name": Column(Firm.name, pa.string()),
    "status": Column(Firm.status, pa.string()),
    "error": Column(Firm.error, pa.string()),
    "n_sentences": Column(Firm.n_sentences, pa.int32()),
    "n_clustered": Column(Firm.n_clustered, pa.int32()),
    "n_topics": Column(Firm.n_topics, pa.int32()),
    "input_hash": Column(Firm.input_hash, pa.string()),
    "processed_at": Column(Firm.processed_at, pa.timestamp("us", "UTC")),
}
SENTENCES: Columns = {
    **_RUN,
    "company_id": Column(Firm.company_id, pa.string()),
    "position": Column(Sentence.position, pa.int32()),
    "document": Column(Sentence.document, pa.string()),
    "speaker_type": Column(Sentence.speaker_type, pa.string()),
    "text": Column(Sentence.text, pa.string()),
    "kept_out": Column(Sentence.kept_out, pa.string()),
    "topic_id": Column(Sentence.topic_id, pa.int64()),
    "theme_id": Column(Topic.theme_id, pa.int64()),
    "similarity": Column(Sentence.similarity, pa.float32()),
    "embedding": Column(as_bytes(Sentence.embedding), None),
}


def with_vectors(columns: Columns, kind: VectorType) -> Columns:
    """The columns that are exported: without vectors where none are wanted."""
    return {name: column for name, column in columns.items() if column.type is not None or kind != "none"}


def schema_of(columns: Columns, kind: VectorType, dimension: int) -> pa.Schema:
    """The Arrow schema of columns with vectors of `dimension` numbers."""
    return pa.schema([(name, column.type or vector_type(kind, dimension)) for name, column in columns.items()])


def table_of(rows: Sequence[Any], schema: pa.Schema) -> pa.Table:
    """Rows of the database, in the order of the schema's columns."""
    cells = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.Table.from_arrays(
        [_array(column, field.type) for column, field in zip(cells, schema, strict=True)], schema=schema
    )


def _array(cells: Sequence[Any], kind: pa.DataType) -> "pa.Array[Any]":
    if isinstance(kind, pa.FixedSizeListType):
        return vector_column(cells, kind)
    if kind == KEYWORDS:
        cells = [[(word, weight) for word, weight in cell] for cell in cells]
    return pa.array(cells, kind)
