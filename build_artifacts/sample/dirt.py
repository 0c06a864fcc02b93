"""What is wrong with real tables: missing cells, odd spellings, superseded versions, repeated and empty
rows.
"""

from datetime import date, timedelta
from typing import Any

import numpy as np

from build_artifacts.sample.people import SIZES

Columns = dict[str, list[Any]]
_MISSING = {
    "industry": 0.02,
    "company_size": 0.03,
    "country": 0.01,
    "city": 0.05,
    "job_title": 0.04,
    "bio": 0.06,
    "web_activity_score": 0.05,
    "email_engagement_score": 0.05,
    "email": 0.03,
    "website": 0.1,
}
_FIRST_DAY = date(2018, 1, 1)
_DAYS = 2400
_SUPERSEDED_SHARE = 0.12
# Of all rows, each: a repeated identifier, a repeated address, an empty row, a row without identifier.
_REPEATED_ID, _REPEATED_EMAIL, _EMPTY, _NO_ID = 0.0015, 0.002, 0.001, 0.0005


def blank_cells(columns: Columns, random: np.random.Generator) -> None:
    """Remove some cells, in place."""
    for column, share in _MISSING.items():
        for row in _some(len(columns["email"]), share, random):
            columns[column][row] = None


def misspell(columns: Columns, random: np.random.Generator) -> None:
    """Write some names, industries and addresses in odd case or with stray spaces, in place."""
    count = len(columns["email"])
    for column, share, spelling in (
        ("industry", 0.01, str.upper),
        ("industry", 0.01, str.lower),
        ("industry", 0.005, _padded),
        ("name", 0.01, str.upper),
        ("name", 0.01, str.lower),
        ("email", 0.02, str.title),
        ("email", 0.01, _padded),
        ("job_title", 0.01, str.lower),
        ("country", 0.005, _padded),
    ):
        for row in _some(count, share, random):
            value = columns[column][row]
            columns[column][row] = value if value is None else spelling(value)


def _padded(text: str) -> str:
    return f" {text} "


def version(columns: Columns, random: np.random.Generator) -> Columns:
    """All rows as current versions, some preceded by the version they supersede (slowly changing dimension,
    type 2).
    """
    count = len(columns["email"])
    superseded = random.random(count) < _SUPERSEDED_SHARE
    days = random.integers(0, _DAYS, size=count).tolist()
    spans = random.integers(90, 900, size=count).tolist()
    shrinking = random.uniform(0.3, 0.95, size=count).tolist()
    versioned: Columns = {name: [] for name in [*columns, "is_current", "valid_from", "valid_to"]}
    for row, values in enumerate(zip(*columns.values(), strict=True)):
        current = dict(zip(columns, values, strict=True))
        since = _FIRST_DAY + timedelta(days=days[row])
        if superseded[row]:
            began = since - timedelta(days=spans[row])
            _add(versioned, _earlier(current, shrinking[row]), is_current=False, since=began, until=since)
        _add(versioned, current, is_current=True, since=since, until=None)
    return versioned


def _earlier(current: dict[str, Any], shrink: float) -> dict[str, Any]:
    size = current["company_size"]
    return current | {
        "annual_spend": round(current["annual_spend"] * shrink, 2),
        "company_size": size and SIZES[max(SIZES.index(size) - 1, 0)],
        "web_activity_score": None,
    }


def _add(columns: Columns, row: dict[str, Any], *, is_current: bool, since: date, until: date | None) -> None:
    for name, value in row.items():
        columns[name].append(value)
    columns["is_current"].append(is_current)
    columns["valid_from"].append(since)
    columns["valid_to"].append(until)


def spoil(columns: Columns, random: np.random.Generator) -> None:
    """Make a small share of the rows unusable or repeated, in place; at least one of each kind from 100 rows
    on.
    """
    count = len(columns["email"])
    if count < 100:
        return
    current = np.asarray(columns["is_current"])
    # A row repeats the one before it, which must be another customer's.
    eligible = np.flatnonzero(current[1:] & current[:-1]) + 1
    kinds = [max(1, round(share * count)) for share in (_REPEATED_ID, _REPEATED_EMAIL, _EMPTY, _NO_ID)]
    chosen = random.choice(eligible, size=sum(kinds), replace=False)
    ids, emails, empty, nameless = np.split(chosen, np.cumsum(kinds)[:-1])
    for row in ids:
        columns["customer_id"][row] = columns["customer_id"][row - 1]
    for row in emails:
        address = columns["email"][row - 1]
        columns["email"][row] = address and f" {address.upper()}"
    for row in empty:
        for name in columns.keys() - {"customer_id", "is_current", "valid_from", "valid_to"}:
            columns[name][row] = None
    for row in nameless:
        columns["customer_id"][row] = None


def _some(count: int, share: float, random: np.random.Generator) -> list[int]:
    rows: list[int] = np.flatnonzero(random.random(count) < share).tolist()
    return rows
