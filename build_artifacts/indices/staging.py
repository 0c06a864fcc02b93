"""The accepted rows on disk, in batches, so that every later step reads them without holding them."""

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from leadgen.errors import InputError
from numpy.typing import NDArray

from build_artifacts.jobs.reading import BATCH_ROWS, open_source

from .acceptance import MALFORMED, Acceptance, Rejects
from .label import HighValue
from .options import TableOptions

log = logging.getLogger(__name__)

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Batch:
    """Rows `start` … `start + len(rows)` of the staged table and their passages."""

    start: int
    rows: Rows
    passages: Sequence[str]

    @property
    def span(self) -> slice:
        return slice(self.start, self.start + len(self.rows))


@dataclass(frozen=True)
class StagedTable:
    """Accepted rows in the order of the input. `labels` bool [n] where a label was asked for."""

    folder: Path
    rows: int
    read: int
    not_current: int
    rejected: dict[str, int]
    snapshot: str
    labels: NDArray[np.bool_] | None
    columns: tuple[str, ...]
    numbers: frozenset[str]
    """Columns that the file itself stores as numbers; none of a CSV file."""
    warnings: tuple[str, ...]

    def batches(self) -> Iterator[Batch]:
        """All rows, once, in order."""
        file, start = pq.ParquetFile(self.folder / "accepted.parquet"), 0
        for group in range(file.num_row_groups):
            yield _batch(file.read_row_group(group), start)
            start += file.metadata.row_group(group).num_rows

    def take(self, wanted: NDArray[np.int64]) -> Batch:
        """Some rows, ascending; only their groups are read."""
        rows: Rows = []
        passages: list[str] = []
        for batch in self.batches():
            inside = wanted[(wanted >= batch.start) & (wanted < batch.span.stop)] - batch.start
            rows += [batch.rows[i] for i in inside]
            passages += [batch.passages[i] for i in inside]
        return Batch(0, rows, passages)


def _batch(table: pa.Table, start: int) -> Batch:
    passages = [str(passage) for passage in table.column("_passage").to_pylist()]
    return Batch(start, table.drop_columns(["_passage"]).to_pylist(), passages)


def _numbers(schema: pa.Schema | None) -> frozenset[str]:
    numeric = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return frozenset(field.name for field in schema or () if any(check(field.type) for check in numeric))


def stage(options: TableOptions, folder: Path, rejects_path: Path) -> StagedTable:
    """Read, check and write the accepted rows below `folder`.

    Raises InputError naming the file or column where the table cannot be used at all, or where more rows are
    rejected than allowed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with Rejects(rejects_path) as rejects:
        staged = _Stager(options, folder, rejects).run()
    if not staged.rows:
        outdated = f"{staged.not_current} are not current ({options.current_col}), " if staged.not_current else ""
        raise InputError(
            f"{options.input_path}: none of {staged.read} rows can be used: {outdated}"
            f"{sum(staged.rejected.values())} are listed in {rejects_path}"
        )
    return staged


class _Stager:
    def __init__(self, options: TableOptions, folder: Path, rejects: Rejects) -> None:
        self._options = options
        self._folder = folder
        self._rejects = rejects
        self._plan = options.plan
        self._high_value = HighValue.parse(options.high_value) if options.high_value else None
        self._source = open_source(options.input_path, lambda detail: rejects.add(None, "", MALFORMED, detail))
        self._acceptance = Acceptance(self._plan, options.id_col, self._high_value)
        self._hash = hashlib.sha256()
        self._labels = bytearray()
        self._read = self._accepted = self._not_current = 0

    def run(self) -> StagedTable:
        columns, warnings = self._columns()
        self._reject_malformed()
        schema, writer = None, None
        try:
            for batch in self._source.batches(columns):
                table = self._accept(batch)
                if schema is None:
                    schema = table.schema
                    writer = pq.ParquetWriter(self._folder / "accepted.parquet", schema, compression="zstd")
                if table.num_rows and writer is not None:
                    writer.write_table(table, row_group_size=BATCH_ROWS)
        finally:
            if writer is not None:
                writer.close()
        self._rejects.refuse_above(self._options.max_rejected_share, self._read)
        labels = np.frombuffer(bytes(self._labels), dtype=np.bool_) if self._high_value else None
        return StagedTable(
            self._folder, self._accepted, self._read, self._not_current, dict(self._rejects.counts),
            self._hash.hexdigest(), labels, tuple(columns), _numbers(schema), tuple(warnings),
        )  # fmt: skip

    def _reject_malformed(self) -> None:
        """Lines that were left out of the copy that is read."""
        if self._options.malformed:
            with Path(self._options.malformed).open(encoding="utf-8") as details:
                for detail in details:
                    self._rejects.add(None, "", MALFORMED, detail.rstrip("\n"))

    def _columns(self) -> tuple[list[str], list[str]]:
        """The columns to read, and a warning for each absent one that is a feature or that the user named."""
        has, options = set(self._source.columns), self._options
        needed = {options.id_col: "--id-col"}
        if self._high_value:
            needed[self._high_value.column] = "--high-value"
        for column, flag in needed.items():
            if column not in has:
                known = ", ".join(self._source.columns)
                raise InputError(f"{options.input_path} has no column {column!r} ({flag}); it has {known}")
        wanted = dict.fromkeys((*needed, *options.optional_columns))
        absent = [column for column in wanted if column not in has]
        missed = [column for column in absent if column in self._plan.features or column in options.named]
        warnings = [f"{options.input_path} has no column {column!r}: {self._instead(column)}" for column in missed]
        if set(self._plan.features) <= set(absent):
            raise InputError(
                f"{options.input_path} has none of the columns {', '.join(self._plan.features)}; name its own with "
                "--text-cols, --cat-cols and --num-cols"
            )
        for warning in warnings:
            log.warning(warning)
        return [column for column in wanted if column in has], warnings

    def _instead(self, column: str) -> str:
        return "it is zero-filled" if column in self._plan.features else "it is left out"

    def _accept(self, batch: pa.RecordBatch) -> pa.Table:
        rows = batch.to_pylist()
        keep = np.zeros(len(rows), dtype=bool)
        passages = []
        for i, row in enumerate(rows):
            self._read += 1
            if not self._is_current(row):
                self._not_current += 1
                continue
            problem = self._acceptance.problem(row)
            if problem:
                self._rejects.add(self._read, self._acceptance.identifier(row), *problem)
                continue
            keep[i] = True
            passages.append(self._plan.passage(row))
            self._hash.update(json.dumps(row, default=str, sort_keys=True).encode("utf-8", "replace"))
            if self._high_value:
                self._labels.append(bool(self._high_value.of(row)))
        self._accepted += int(keep.sum())
        table = pa.Table.from_batches([batch]).filter(pa.array(keep))
        ids = [self._acceptance.identifier(row) for row, kept in zip(rows, keep, strict=True) if kept]
        table = table.set_column(
            table.schema.get_field_index(self._options.id_col),
            self._options.id_col,
            pa.array(ids, pa.string()),
        )
        return table.append_column("_passage", pa.array(passages, pa.string()))

    def _is_current(self, row: dict[str, Any]) -> bool:
        column = self._options.current_col
        if column is None or column not in row:
            return True
        return str(row[column]).strip().casefold() in {"true", "1", "1.0", "t", "yes", "y"}
