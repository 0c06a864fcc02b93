"""Rows of a new table that both bundles are asked about, drawn evenly from all of it."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from build_artifacts.indices.label import HighValue
from build_artifacts.indices.options import TableOptions
from build_artifacts.indices.staging import stage
from build_artifacts.jobs.reading import Source, open_source

Rows = list[dict[str, Any]]

_DRAWN_PER_ROW = 4
"""Outdated and rejected rows are drawn as well, and left out."""


def sample_rows(table: TableOptions, size: int, seed: int = 0) -> Rows:
    """At most `size` rows that a build would accept; empty where none of those drawn can be used."""
    source = open_source(table.input_path, lambda _: None)
    drawn = _draw(source, _columns(table, source), size * _DRAWN_PER_ROW, seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drawn.parquet"
        pq.write_table(drawn, path)
        given = replace(table, input_path=str(path), max_rejected_share=1.0)
        staged = stage(given, Path(folder) / "staged", Path(folder) / "rejects.csv")
        wanted = np.sort(np.random.default_rng(seed).permutation(staged.rows)[:size])
        return staged.take(wanted).rows


def as_requests(rows: Rows, table: TableOptions) -> Rows:
    """The rows as leads that name themselves, so that none is compared with itself."""
    return [{**row, "customer_id": row[table.id_col], "email": row.get(table.email_col or "")} for row in rows]


def _columns(table: TableOptions, source: Source) -> list[str]:
    label = [HighValue.parse(table.high_value).column] if table.high_value else []
    wanted = dict.fromkeys((table.id_col, *label, *table.optional_columns))
    return [column for column in wanted if column in source.columns]


def _draw(source: Source, columns: list[str], size: int, seed: int) -> pa.Table:
    """The rows with the smallest of random keys: each row has the same chance, in one pass of bounded memory."""
    rng = np.random.default_rng(seed)
    kept: pa.Table | None = None
    keys = np.zeros(0)
    for batch in source.batches(columns):
        drawn = rng.random(batch.num_rows)
        keys = np.concatenate([keys, drawn])
        table = pa.Table.from_batches([batch])
        kept = table if kept is None else pa.concat_tables([kept, table])
        if len(keys) > size:
            smallest = np.sort(np.argpartition(keys, size)[:size])
            keys, kept = keys[smallest], kept.take(smallest)
    return pa.table({column: pa.array([], pa.string()) for column in columns}) if kept is None else kept
