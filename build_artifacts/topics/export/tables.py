"""Parquet files."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from build_artifacts.topics.export.vector_columns import VectorType, vector_type

_GROUP_ROWS = 16_384
"""The least rows of a row group: 50 MB of float32 vectors with 768 numbers."""


def exported(table: pa.Table, vectors: VectorType) -> pa.Table:
    """A table with its float32 vectors as they are wanted, or without them."""
    for number, field in reversed(list(enumerate(table.schema))):
        if not isinstance(field.type, pa.FixedSizeListType):
            continue
        if vectors == "none":
            table = table.remove_column(number)
        else:
            column = table.column(number).cast(vector_type(vectors, field.type.list_size))
            table = table.set_column(number, field.name, column)
    return table


def write_table(table: pa.Table, path: Path) -> int:
    """A whole table; returns its rows."""
    return write_tables([table], table.schema, path)


def write_tables(tables: Iterable[pa.Table], schema: pa.Schema, path: Path) -> int:
    """Tables of one schema, one after another, into one file, a row group of them in memory; returns their rows."""
    waiting: list[pa.Table] = []
    n_waiting = rows = 0
    # Vectors do not repeat; a dictionary of them would be built in vain.
    plain = [field.name for field in schema if not pa.types.is_fixed_size_list(field.type)]
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=plain) as writer:  # type: ignore[arg-type]
        for table in tables:
            waiting.append(table)
            n_waiting += len(table)
            rows += len(table)
            if n_waiting >= _GROUP_ROWS:
                writer.write_table(pa.concat_tables(waiting), row_group_size=n_waiting)
                waiting, n_waiting = [], 0
        if n_waiting:
            writer.write_table(pa.concat_tables(waiting), row_group_size=n_waiting)
    return rows
