"""Write the sample's tables in batches, so that a million customers need no more memory than a few
thousand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from leadgen.errors import ConfigurationError

from build_artifacts.sample import companies as company_table
from build_artifacts.sample import transcripts as transcript_table
from build_artifacts.sample.customers import draw_people
from build_artifacts.sample.dirt import blank_cells, misspell, spoil, version
from build_artifacts.sample.organisations import Organisations, draw_organisations

Format = Literal["parquet", "csv"]
BATCH_ROWS = 20_000
LEADS = 200
_DUPLICATE_LEADS = 12
_PEOPLE_PER_COMPANY = 3
_LEAD_FIELDS: list[tuple[str, pa.DataType]] = [
    ("customer_id", pa.string()),
    ("name", pa.string()),
    ("company", pa.string()),
    ("industry", pa.string()),
    ("company_size", pa.string()),
    ("country", pa.string()),
    ("city", pa.string()),
    ("job_title", pa.string()),
    ("bio", pa.string()),
    ("web_activity_score", pa.float64()),
    ("email_engagement_score", pa.float64()),
    ("email", pa.string()),
    ("website", pa.string()),
]
LEAD_SCHEMA = pa.schema(_LEAD_FIELDS)
_CUSTOMER_FIELDS: list[tuple[str, pa.DataType]] = [
    *_LEAD_FIELDS,
    ("is_current", pa.bool_()),
    ("valid_from", pa.date32()),
    ("valid_to", pa.date32()),
    ("annual_spend", pa.float64()),
]
CUSTOMER_SCHEMA = pa.schema(_CUSTOMER_FIELDS)


@dataclass(frozen=True, slots=True)
class SamplePaths:
    """The files of one sample."""

    customers: Path
    companies: Path
    leads: Path
    transcripts: Path


def write_sample(
    folder: Path,
    customers: int = 5000,
    companies: int = 2000,
    seed: int = 7,
    format: Format = "parquet",  # noqa: A002
) -> SamplePaths:
    """Write customers, companies, 200 leads and transcripts into `folder`; the same arguments give the same bytes.

    `customers` counts current versions: superseded versions (12 %) and spoilt rows (0.5 %) come on top or in
    between. People work at max(companies, customers / 3) companies, of which the table holds the first.
    Raises ConfigurationError for counts below 1 or another format.
    """
    if customers < 1 or companies < 1 or seed < 0 or format not in ("parquet", "csv"):
        raise ConfigurationError(
            "a sample needs at least one customer and one company, a seed of at least 0, and parquet or csv"
        )
    folder.mkdir(parents=True, exist_ok=True)
    paths = SamplePaths(*(folder / f"{name}.{format}" for name in ("customers", "companies", "leads", "transcripts")))
    pool = max(companies, -(-customers // _PEOPLE_PER_COMPANY))
    organisations = draw_organisations(pool, seed)
    _write(paths.companies, company_table.SCHEMA, _company_batches(organisations, companies, seed))
    _write(paths.customers, CUSTOMER_SCHEMA, _customer_batches(organisations, customers, seed))
    _write(paths.leads, LEAD_SCHEMA, iter([_leads(organisations, customers, seed)]))
    transcripts = transcript_table.transcript_columns(organisations, companies, seed)
    _write(paths.transcripts, transcript_table.SCHEMA, iter([transcripts]))
    return paths


def _company_batches(organisations: Organisations, count: int, seed: int) -> Iterator[dict[str, list[Any]]]:
    for start in range(0, count, BATCH_ROWS):
        yield company_table.company_columns(organisations, start, min(start + BATCH_ROWS, count), seed)


def _customer_batches(organisations: Organisations, count: int, seed: int) -> Iterator[dict[str, list[Any]]]:
    for start in range(0, count, BATCH_ROWS):
        numbers = np.arange(start, min(start + BATCH_ROWS, count))
        yield _customer_columns(organisations, numbers, seed)


def _customer_columns(
    organisations: Organisations, numbers: np.ndarray[Any, np.dtype[np.int64]], seed: int
) -> dict[str, list[Any]]:
    random = np.random.default_rng([seed, 2, int(numbers[0])])
    people = draw_people(organisations, numbers, random)
    people["customer_id"] = [f"cust-{number:07d}" for number in numbers.tolist()]
    blank_cells(people, random)
    columns = version(people, random)
    misspell(columns, random)
    spoil(columns, random)
    return columns


def _leads(organisations: Organisations, customers: int, seed: int) -> dict[str, list[Any]]:
    random = np.random.default_rng([seed, 3])
    leads = draw_people(organisations, np.arange(customers, customers + LEADS), random)
    leads["customer_id"] = [f"lead-{number:04d}" for number in range(1, LEADS + 1)]
    blank_cells(leads, random)
    first = _customer_columns(organisations, np.arange(min(customers, BATCH_ROWS)), seed)
    known = [row for row, address in enumerate(first["email"]) if address and first["is_current"][row]]
    copies = min(_DUPLICATE_LEADS, len(known))
    for lead, row in zip(
        random.choice(LEADS, copies, replace=False), random.choice(known, copies, replace=False), strict=True
    ):
        for column in ("name", "company", "email"):
            leads[column][lead] = first[column][row]
        leads["email"][lead] = first["email"][row].strip().title()
    return leads


def _write(path: Path, schema: pa.Schema, batches: Iterator[dict[str, list[Any]]]) -> None:
    # A reader, or a run that is killed, must never leave half a table under its name.
    unfinished = path.with_suffix(f"{path.suffix}.part")
    writer: Any = pa.parquet.ParquetWriter if path.suffix == ".parquet" else pa.csv.CSVWriter
    with writer(unfinished, schema) as sink:
        for columns in batches:
            arrays = [pa.array(columns[field.name], field.type) for field in schema]
            sink.write_table(pa.Table.from_arrays(arrays, schema=schema))
    unfinished.replace(path)
