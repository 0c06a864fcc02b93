"""The table of companies: read for what is needed, written again with descriptions."""

import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from leadgen.errors import InputError

from build_artifacts.descriptions.company import Company, Result
from build_artifacts.descriptions.extraction.text import clean
from build_artifacts.descriptions.fetching.urls import parse_website
from build_artifacts.descriptions.options import Columns
from build_artifacts.jobs.described_columns import ADDED, ORIGIN, WRITTEN_BY_US, is_current
from build_artifacts.jobs.reading import Source, open_source

log = logging.getLogger(__name__)


def open_companies(path: str, columns: Columns) -> Source:
    """The table; raises InputError where it, or its column of ids, is not there."""
    source = open_source(path, lambda problem: log.warning("%s: %s is left out", path, problem))
    if columns.id not in source.columns:
        raise InputError(f"{path} has no column {columns.id!r}; name the one of company ids by --id-col")
    for flag, column in (("name", columns.name), ("website", columns.website)):
        if column not in source.columns:
            log.warning("%s has no column %r: nothing is taken from it; --%s-col names another", path, column, flag)
    return source


def read_companies(source: Source, columns: Columns) -> list[Company]:
    """Current rows, one a company: the first of each id."""
    named = {columns.id, columns.name, columns.website, columns.description, columns.current, ORIGIN, *columns.industry}
    found: dict[str, Company] = {}
    for batch in source.batches([column for column in source.columns if column in named]):
        for row in batch.to_pylist():
            company = _company(row, columns)
            if company.id and is_current(row.get(columns.current)):
                found.setdefault(company.id, company)
    return list(found.values())


def _company(row: Mapping[str, Any], columns: Columns) -> Company:
    website = parse_website(_text(row, columns.website))
    ours = row.get(ORIGIN) in WRITTEN_BY_US
    return Company(
        id=_text(row, columns.id),
        name=clean(_text(row, columns.name)),
        website=str(website) if website else None,
        industry=clean(". ".join(text for column in columns.industry if (text := _text(row, column)))),
        registry="" if ours else _text(row, columns.description),
    )


def _text(row: Mapping[str, Any], column: str) -> str:
    value = row.get(column)
    return "" if value is None else str(value).strip()


def write_described(source: Source, columns: Columns, results: Mapping[str, Result], path: Path) -> None:
    """Write every row, in order, with its description; rows that are not current keep what they have."""
    writer, schema = None, None
    try:
        for batch in source.batches(list(source.columns)):
            described = _described(pa.Table.from_batches([batch]), columns, results)
            schema = schema or described.schema
            writer = writer or pq.ParquetWriter(path, schema, compression="zstd")
            writer.write_table(described.cast(schema))
        if writer is None:
            raise InputError(f"{source.path} has no rows")
    finally:
        if writer is not None:
            writer.close()


def _described(table: pa.Table, columns: Columns, results: Mapping[str, Result]) -> pa.Table:
    rows = table.to_pylist()
    found = [results.get(_text(row, columns.id)) if is_current(row.get(columns.current)) else None for row in rows]
    texts = [
        row.get(columns.description) if result is None else result.text for row, result in zip(rows, found, strict=True)
    ]
    table = _with_column(table, columns.description, pa.array(texts, pa.large_string()))
    for name, kind in ADDED.items():
        values = [
            row.get(name) if result is None else _added(result)[name] for row, result in zip(rows, found, strict=True)
        ]
        table = _with_column(table, name, pa.array(values, kind))
    return table


def _added(result: Result) -> dict[str, Any]:
    description = result.description
    return {
        ORIGIN: result.origin,
        "description_status": result.status,
        "description_language": description.language if description else None,
        "description_keywords": ", ".join(description.keywords) if description else None,
        "description_hash": description.content_hash if description else None,
        "described_at": datetime.fromisoformat(result.described_at) if result.described_at else None,
    }


def _with_column(table: pa.Table, name: str, values: "pa.Array[Any]") -> pa.Table:
    place = table.schema.get_field_index(name)
    return table.append_column(name, values) if place < 0 else table.set_column(place, name, values)
