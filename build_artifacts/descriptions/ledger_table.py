"""The ledger as a parquet file: for each company what it cost, and what its description rests on."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from build_artifacts.descriptions.calls import CallLedger, Cost
from build_artifacts.descriptions.company import Result

_SPAN = pa.struct([("text", pa.string()), ("url", pa.string())])
_SENTENCE = pa.struct([("text", pa.string()), ("spans", pa.list_(_SPAN))])
_COLUMNS: dict[str, pa.DataType] = {
    "company_id": pa.string(),
    "website": pa.string(),
    "status": pa.string(),
    "detail": pa.string(),
    "source": pa.string(),
    "model": pa.string(),
    "requests": pa.int32(),
    "prompt_tokens": pa.int64(),
    "completion_tokens": pa.int64(),
    "unanswered": pa.int32(),
    "usd": pa.float64(),
    "batch": pa.string(),
    "content_hash": pa.string(),
    "described_at": pa.string(),
    "sentences": pa.list_(_SENTENCE),
}
SCHEMA = pa.schema(_COLUMNS)
_ROWS = 5000


def write_ledger(results: Iterable[Result], calls: CallLedger, path: Path) -> None:
    """One row a company. `usd` is what its present description has cost in all runs that paid for it.

    `unanswered` of its requests may have been charged, without an answer. `batch` is the endpoint's name for one that
    a request was in, which costs half.
    """
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        rows: list[dict[str, Any]] = []
        for result in results:
            rows.append(_row(result, calls))
            if len(rows) == _ROWS:
                writer.write_table(pa.Table.from_pylist(rows, SCHEMA))
                rows = []
        writer.write_table(pa.Table.from_pylist(rows, SCHEMA))


def _row(result: Result, calls: CallLedger) -> dict[str, Any]:
    description = result.description
    cost = calls.cost(description.key) if description and description.key else Cost()
    sentences = description.sentences if description else ()
    return {
        "company_id": result.company.id,
        "website": result.company.website,
        "status": result.status,
        "detail": result.detail or None,
        "source": result.origin,
        "model": description.model if description else None,
        "requests": cost.requests,
        "prompt_tokens": cost.prompt_tokens,
        "completion_tokens": cost.completion_tokens,
        "unanswered": cost.unanswered,
        "usd": cost.usd,
        "batch": cost.batch,
        "content_hash": description.content_hash if description else None,
        "described_at": result.described_at,
        "sentences": [
            {"text": each.text, "spans": [{"text": span.text, "url": span.url} for span in each.spans]}
            for each in sentences
        ],
    }
