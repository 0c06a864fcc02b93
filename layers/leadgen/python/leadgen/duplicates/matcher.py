"""Find the customers that a lead duplicates: a person's mailbox blocks, everything weaker flags."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadgen.duplicates.digests import Digester, DigestTable, key_id
from leadgen.duplicates.keys import BLOCKING_RULES, COMPANY_RULES, RULES, Record, record_keys
from leadgen.duplicates.writer import DESCRIPTION, FORMAT
from leadgen.errors import BundleError, ConfigurationError

_MAX_FLAGGED_ROWS = 1000


@dataclass(frozen=True, slots=True)
class DuplicateFlag:
    """The rows that match under one rule: the first 1,000, ascending, and how many there are in all."""

    rule: str
    rows: tuple[int, ...]
    count: int


@dataclass(frozen=True, slots=True)
class DuplicateMatch:
    """The first row under the strongest rule that matched, whether that blocks, and every rule's flag."""

    row: int
    rule: str
    blocks: bool
    flags: tuple[DuplicateFlag, ...]


class DuplicateMatcher:
    """The duplicate tables of one bundle; safe for use by several threads."""

    def __init__(self, digester: Digester, tables: dict[str, DigestTable]) -> None:
        self._digester = digester
        self._tables = tables

    @classmethod
    def open(cls, folder: Path, key: str | bytes) -> "DuplicateMatcher":
        """Map the tables that `DuplicateWriter` left in `folder`.

        Raises ConfigurationError when LEADGEN_DIGEST_KEY is not the secret they were written with,
        BundleError when a file is absent, damaged or of another format.
        """
        description = _read_description(folder / DESCRIPTION)
        if description["key_id"] != key_id(key):
            raise ConfigurationError(
                f"LEADGEN_DIGEST_KEY is not the secret that {folder} was built with; "
                "set the one used by the build, or build again"
            )
        filled = [rule for rule in RULES if description["digests"].get(rule)]
        return cls(Digester(key), {rule: DigestTable.open(folder, rule) for rule in filled})

    def match(
        self,
        email: str | None = None,
        name: str | None = None,
        company: str | None = None,
        country: str | None = None,
        city: str | None = None,
        website: str | None = None,
    ) -> DuplicateMatch | None:
        """What a lead duplicates, or None. `name` is the person's; never raises on any text."""
        flags = self._flags(Record(email, name, company, country, city, website))
        if not flags:
            return None
        strongest = flags[0]
        return DuplicateMatch(strongest.rows[0], strongest.rule, strongest.rule in BLOCKING_RULES, tuple(flags))

    def _flags(self, record: Record) -> list[DuplicateFlag]:
        found: dict[str, list[NDArray[np.int64]]] = {}
        for rule, value in record_keys(record):
            table = self._tables.get(rule)
            rows = None if table is None else table.rows(self._digester.digest(rule, value))
            if rows is not None and len(rows):
                found.setdefault(rule, []).append(rows)
        flags = []
        known: set[int] = set()
        for rule in sorted(found, key=RULES.index):
            rows = np.unique(np.concatenate(found[rule])) if len(found[rule]) > 1 else found[rule][0]
            if rule not in COMPANY_RULES:
                # A weaker rule about the same person says nothing new of rows that a stronger one named.
                rows = np.array([row for row in rows.tolist() if row not in known], dtype=np.int64)
                known.update(rows.tolist())
            flags.append(DuplicateFlag(rule, tuple(rows[:_MAX_FLAGGED_ROWS].tolist()), len(rows)))
        return [flag for flag in flags if flag.count]


def _read_description(path: Path) -> dict[str, Any]:
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
        if description["format"] == FORMAT and isinstance(description["key_id"], str):
            return {"key_id": description["key_id"], "digests": dict(description["digests"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BundleError(f"{path} cannot be read ({error!r}); build the bundle again") from error
    raise BundleError(f"{path} has format {description['format']}, not {FORMAT}; build the bundle again")
