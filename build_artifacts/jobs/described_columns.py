"""What `leadgen describe` adds to a table of companies, for it to write and for rebuilds to read."""

from collections.abc import Mapping

import pyarrow as pa

ORIGIN = "description_source"
WRITTEN_BY_US = frozenset({"llm", "extractive"})
"""Values of `description_source`; any other text is what the table itself said."""
ADDED: Mapping[str, pa.DataType] = {
    ORIGIN: pa.string(),
    "description_status": pa.string(),
    "description_language": pa.string(),
    "description_keywords": pa.string(),
    "description_hash": pa.string(),
    "described_at": pa.timestamp("s", tz="UTC"),
}
"""Columns besides the description's own."""
_NOT_CURRENT = frozenset({"false", "f", "no", "n", "0"})


def is_current(cell: object) -> bool:
    """Whether a row is described, by its cell that says so; one that says nothing is."""
    return str(cell).strip().lower() not in _NOT_CURRENT
