"""The rows to embed, in parts that are done or not."""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from leadgen.errors import InputError
from leadgen.features import ColumnPlan

from build_artifacts.embed.options import EmbedOptions
from build_artifacts.jobs.reading import Source, open_source

PART_ROWS = 1024
"""Rows that a kill may lose, at most."""
ROW_NUMBER = "row"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive rows: `ids` as the table has them, `texts` of the same length, empty where a row has none."""

    index: int
    ids: "pa.Array[Any]"
    texts: list[str]

    def name(self, manner: str) -> str:
        """A file's name that another text, id, model or option changes; in the order of the rows."""
        digest = hashlib.blake2b(manner.encode(), digest_size=12)
        for value, text in zip(self.ids.to_pylist(), self.texts, strict=True):
            digest.update(f"\0{value}\0{len(text)}\0{text}".encode("utf-8", "replace"))
        return f"{self.index:07d}-{digest.hexdigest()}.parquet"


def open_table(options: EmbedOptions) -> Source:
    """The table; raises InputError where it or a column is not there."""
    source = open_source(options.input_path, lambda problem: log.warning("%s is left out", problem))
    named = {"--text-cols": options.text_cols, "--id-col": (options.id_col,) if options.id_col else ()}
    for flag, columns in named.items():
        for column in columns:
            if column not in source.columns:
                raise InputError(
                    f"{options.input_path} has no column {column!r}; {flag} may name {', '.join(source.columns)}"
                )
    return source


def read_parts(source: Source, options: EmbedOptions) -> Iterator[Part]:
    """All rows in order, PART_ROWS at a time; text columns are joined as builds join them."""
    plan = ColumnPlan(text=options.text_cols)
    columns = list(dict.fromkeys((*options.text_cols, *((options.id_col,) if options.id_col else ()))))
    start = 0
    for index, rows in enumerate(_in_parts(source.batches(columns))):
        numbers = pa.array(range(start, start + len(rows)), pa.int64())
        ids = rows[options.id_col].combine_chunks() if options.id_col else numbers
        yield Part(index, ids, [plan.passage(row) for row in rows.select(options.text_cols).to_pylist()])
        start += len(rows)


def _in_parts(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    waiting: list[pa.Table] = []
    for batch in batches:
        waiting.append(pa.Table.from_batches([batch]))
        while sum(map(len, waiting)) >= PART_ROWS:
            together = pa.concat_tables(waiting)
            yield together.slice(0, PART_ROWS)
            waiting = [together.slice(PART_ROWS)]
    if rest := sum(map(len, waiting)):
        yield pa.concat_tables(waiting).slice(0, rest)
