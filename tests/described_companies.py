"""Companies with websites of a farm, and a language model that describes them as it should or as it likes."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import SecretStr
from site_farm import Site, page

from build_artifacts.descriptions.options import Columns, DescribeOptions
from build_artifacts.llm import LanguageModelOptions, Prices

TRADES = ("anvils", "bicycles", "candles", "drills", "envelopes", "furnaces", "guitars", "hammocks", "inks", "jackets")
PRICES = Prices(0.15, 0.60)


def trade(number: int) -> str:
    return f"{TRADES[number % len(TRADES)]} of type {chr(97 + number // 10 % 26)}{chr(97 + number // 260 % 26)}x"


def home(number: int, more: str = "") -> str:
    """Two telling sentences, and what a page has besides."""
    return (
        f"<html><head><title>Firm {number}</title></head><body><h1>Firm {number}</h1>"
        f"<p>Firm {number} manufactures {trade(number)} for workshops and schools in the northern counties.</p>"
        f"<p>Our company has delivered {trade(number)} with care to its customers since the year it was founded.</p>"
        f"<p>Every one of our {trade(number)} is made by hand and tested before it leaves the building.</p>"
        f"<p>The workshop of Firm {number} is open to visitors from all over the country in summer.</p>{more}"
        "</body></html>"
    )


def farm_sites(count: int) -> dict[str, Site]:
    return {f"firm{n}.com": {"/": page(home(n), ETag=f'"{n}"')} for n in range(count)}


def write_companies(path: Path, count: int, **columns: Any) -> Path:
    rows = {
        "company_id": [f"c{n}" for n in range(count)],
        "name": [f"Firm {n}" for n in range(count)],
        "website": [f"http://firm{n}.com" for n in range(count)],
        "employees": list(range(count)),
    }
    pq.write_table(pa.table(rows | columns), path)
    return path


def options(folder: Path, model_url: str | None = None, **changes: Any) -> DescribeOptions:
    language_model = None
    if model_url:
        language_model = LanguageModelOptions(
            SecretStr("sk-test"),
            PRICES,
            model_url,
            "gpt-4o-mini",
            concurrency=changes.pop("concurrency", 8),
            requests_per_minute=60_000,
            tokens_per_minute=60_000_000,
            timeout=changes.pop("timeout", 10.0),
            max_usd=changes.pop("max_usd", 5.0),
        )
    values = {
        "input_path": str(folder / "companies.parquet"),
        "output_path": str(folder / "out" / "described.parquet"),
        "columns": Columns(),
        "cache": folder / "cache",
        "kept_at": None,
        "user_agent": "leadgen/1.0",
        "pause": 0.0,
        "sites": 20,
        "processes": 1,
        "language_model": language_model,
    }
    return DescribeOptions(**values | changes)


def shown(body: Mapping[str, Any]) -> list[str]:
    """The numbered sentences of a question."""
    lines = body["messages"][1]["content"].split("\n")
    return [line.partition(". ")[2] for line in lines if line.partition(". ")[0].isdecimal()]


def says(*sentences: tuple[str, list[int]]) -> str:
    return json.dumps({"sentences": [{"text": text, "numbers": numbers} for text, numbers in sentences]})


def repeats_the_first(body: Mapping[str, Any]) -> str:
    """A model that does as it is asked."""
    return says((shown(body)[0], [1]))


def obeys(text: str) -> Callable[[Mapping[str, Any]], str]:
    """A model that does what the page says, and claims that the first sentence says so."""
    return lambda body: says((text, [1]))


def described(folder: Path) -> dict[str, dict[str, Any]]:
    """Rows of the table that was written, by id."""
    rows = pq.read_table(folder / "out" / "described.parquet").to_pylist()
    return {row["company_id"]: row for row in rows}


def ledger(folder: Path) -> dict[str, dict[str, Any]]:
    rows = pq.read_table(folder / "out" / "_described.ledger.parquet").to_pylist()
    return {row["company_id"]: row for row in rows}
