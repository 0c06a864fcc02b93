"""Descriptions joined onto a table of companies by id, batch by batch; only the descriptions are held in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from leadgen.errors import InputError

from build_artifacts.indices.acceptance import identifier
from build_artifacts.indices.options import TableOptions
from build_artifacts.jobs.described_columns import ADDED, ORIGIN, WRITTEN_BY_US, is_current
from build_artifacts.jobs.reading import open_source

Column = Any
"""pyarrow's chunked array, whose types mypy does not know."""


class DescriptionJoin:
    """One use of the descriptions. `rows` and `described` count what `write` has written, `described` by us."""

    def __init__(self, descriptions: pa.Table, places: dict[str, int], current: str | None, text: str) -> None:
        self._descriptions = descriptions
        self._places = places
        self._current = current
        self._text = text
        self.rows = self.described = 0

    @classmethod
    def read(cls, path: str, id_: str, current: str | None, text: str) -> "DescriptionJoin":
        """Of each company the first current row. `id_`, `current` and `text` are columns; raises InputError."""
        source = open_source(path, lambda _: None)
        wanted = (id_, text, *ADDED)
        missing = [column for column in wanted if column not in source.columns]
        if missing:
            raise InputError(f"{path} has no column {', '.join(missing)}; it has {', '.join(source.columns)}")
        batches = list(source.batches([column for column in source.columns if column in {*wanted, current}]))
        if not batches:
            raise InputError(f"{path} has no rows")
        table = pa.Table.from_batches(batches)
        places: dict[str, int] = {}
        for place, name in enumerate(_companies(table, id_, current)):
            if name:
                places.setdefault(name, place)
        return cls(table.select([text, *ADDED]).combine_chunks(), places, current, text)

    def write(self, companies: TableOptions, folder: Path) -> TableOptions:
        """Write every row, in order, and return how the written table is read; raises InputError."""
        folder.mkdir(parents=True, exist_ok=True)
        path, malformed, writer = folder / "companies.parquet", folder / "malformed.txt", None
        try:
            with malformed.open("w", encoding="utf-8") as faults:
                source = open_source(companies.input_path, lambda fault: print(fault, file=faults))
                if companies.id_col not in source.columns:
                    raise InputError(f"{companies.input_path} has no column {companies.id_col!r} (--companies-id-col)")
                for batch in source.batches(list(source.columns)):
                    joined = self._joined(pa.Table.from_batches([batch]), companies.id_col)
                    writer = writer or pq.ParquetWriter(path, joined.schema, compression="zstd")
                    writer.write_table(joined)
        finally:
            if writer is not None:
                writer.close()
        if writer is None:
            return companies
        return replace(companies, input_path=str(path), malformed=str(malformed))

    def _joined(self, table: pa.Table, id_: str) -> pa.Table:
        # What was taken is not there for a row that repeats its id, and that builds leave out.
        places = [self._places.pop(name, None) for name in _companies(table, id_, self._current)]
        found = self._descriptions.take(pa.array(places, pa.int64()))
        known = [place is not None for place in places]
        table = _with_column(table, self._text, found, self._replaced(table, found, known))
        for column in ADDED:
            table = _with_column(table, column, found, known)
        self.rows += table.num_rows
        self.described += sum(origin in WRITTEN_BY_US for origin in table.column(ORIGIN).to_pylist())
        return table

    def _replaced(self, table: pa.Table, found: pa.Table, known: Sequence[bool]) -> list[bool]:
        """Whose text the described one replaces: what a run took from the table itself is fresher in the table."""
        ours = [origin in WRITTEN_BY_US for origin in found.column(ORIGIN).to_pylist()]
        before = [origin in WRITTEN_BY_US for origin in _cells(table, ORIGIN)]
        empty = [not str("" if text is None else text).strip() for text in _cells(table, self._text)]
        return [each[0] and any(each[1:]) for each in zip(known, ours, before, empty, strict=True)]


def _companies(table: pa.Table, id_: str, current: str | None) -> Iterator[str]:
    """The id in each row; empty where the row has none or is not current."""
    for cell, said in zip(_cells(table, id_), _cells(table, current), strict=True):
        yield identifier(cell) if is_current(said) else ""


def _cells(table: pa.Table, column: str | None) -> list[Any]:
    return table.column(column).to_pylist() if column in table.column_names else [None] * table.num_rows


def _with_column(table: pa.Table, name: str, found: pa.Table, replaced: Sequence[bool]) -> pa.Table:
    """The column with the cells of `found` where `replaced`; text stays text, as all of a CSV file is."""
    new: Column = found.column(name)
    place = table.schema.get_field_index(name)
    if place < 0:
        return table.append_column(name, new)
    own: Column = table.column(name)
    kind = own.type if pa.types.is_string(own.type) or pa.types.is_large_string(own.type) else new.type
    try:
        cells = pc.if_else(pa.array(replaced, pa.bool_()), new.cast(kind), own.cast(kind))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(f"column {name!r} of the companies holds {own.type}, not {kind}: rename it") from error
    return table.set_column(place, name, cells)
