"""Write the duplicate tables of a bundle, batch by batch."""

import json
from collections.abc import Sequence
from itertools import repeat
from pathlib import Path
from typing import Any

from leadgen.duplicates.digests import Digester, DigestTableWriter, key_id
from leadgen.duplicates.keys import RULES, Record, record_keys
from leadgen.errors import InputError

FORMAT = 1
DESCRIPTION = "duplicates.json"
Column = Sequence[Any] | None
_MAX_ROW = 2**32 - 1


class DuplicateWriter:
    """Turns records into digest tables in `folder`, which is created; nothing readable is stored."""

    def __init__(self, folder: Path, key: str | bytes) -> None:
        """Raises ConfigurationError when the key is too short."""
        self._digester = Digester(key)
        self._key_id = key_id(key)
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._tables = {rule: DigestTableWriter(folder, rule) for rule in RULES}
        self._records = 0

    def append(
        self,
        rows: Sequence[int],
        *,
        emails: Column = None,
        names: Column = None,
        companies: Column = None,
        countries: Column = None,
        cities: Column = None,
        websites: Column = None,
    ) -> None:
        """Add a batch: row numbers of the bundle (below 2^32), and columns of the same length.

        Whatever is no string (None, NaN) counts as missing. Raises InputError when lengths differ.
        """
        columns = (emails, names, companies, countries, cities, websites)
        if any(column is not None and len(column) != len(rows) for column in columns):
            raise InputError(f"a column for duplicate detection does not have the batch's {len(rows)} rows")
        if len(rows) and not 0 <= min(rows) <= max(rows) <= _MAX_ROW:
            raise InputError(f"row numbers for duplicate detection must lie in 0..{_MAX_ROW}")
        found: dict[str, tuple[list[bytes], list[int]]] = {rule: ([], []) for rule in RULES}
        for row, *values in zip(
            rows, *(repeat(None) if column is None else column for column in columns), strict=False
        ):
            record = Record(*(value if isinstance(value, str) else None for value in values))
            for rule, value in set(record_keys(record)):
                digests, owners = found[rule]
                digests.append(self._digester.digest(rule, value))
                owners.append(int(row))
        for rule, (digests, owners) in found.items():
            self._tables[rule].append(digests, owners)
        self._records += len(rows)

    def finish(self) -> dict[str, int]:
        """Sort and store the tables with their description; returns the number of digests by rule."""
        counts = {rule: table.finish() for rule, table in self._tables.items()}
        description = {"format": FORMAT, "key_id": self._key_id, "records": self._records, "digests": counts}
        (self._folder / DESCRIPTION).write_text(json.dumps(description, indent=1), encoding="utf-8")
        return counts
