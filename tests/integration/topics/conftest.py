"""A small quarter, and a run over it."""

import json
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
import pytest
from databases import database_from
from openai_server import FakeModel
from topic_runs import language_model

from build_artifacts.cli import main
from build_artifacts.sample import write_sample

QUARTERS = ("2024Q3", "2024Q4")
FIRMS = 14


@pytest.fixture(scope="session")
def transcripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The calls of some firms of the sample, in two quarters."""
    folder = tmp_path_factory.mktemp("transcripts")
    written = write_sample(folder, customers=20, companies=FIRMS, seed=7)
    return written.transcripts


@pytest.fixture(scope="session")
def shuffled(transcripts: Path) -> Path:
    """The same rows in another order."""
    table = pyarrow.parquet.read_table(transcripts)
    order = pc.sort_indices(pa.array([hash_of(row) for row in range(len(table))]))
    path = transcripts.with_name("shuffled.parquet")
    pyarrow.parquet.write_table(table.take(order), path)
    return path


def hash_of(row: int) -> int:
    return row * 2_654_435_761 % 2**32


def call(arguments: list[str], model: FakeModel | None = None, expect: int = 0) -> dict[str, Any]:
    """The report of `leadgen topics`, or what it says of an error."""
    output, errors = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(output), redirect_stderr(errors):
        for name, value in (language_model(model.url) if model else {}).items():
            patch.setenv(f"LEADGEN_{name}", value)
        code = main(["topics", "--text-model", "hashing", "--processes", "1", *arguments])
    assert code == expect, errors.getvalue()
    return json.loads(output.getvalue()) if code == 0 else {"error": errors.getvalue()}


Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(tmp_path: Path, database: str, transcripts: Path) -> Run:
    """`run("2024Q3")`: one run, with the offline text model and without a language model unless one is given."""

    def run(quarter: str = QUARTERS[0], *flags: str, path: Path = transcripts, **how: Any) -> dict[str, Any]:
        places = ["--input-path", str(path), "--database", database, "--cache", str(tmp_path / "cache")]
        return call([*places, "--quarter", quarter, *flags], **how)

    return run


@dataclass(frozen=True)
class Finished:
    """A complete run with a language model: its database, its report, and what the model billed in USD."""

    database: str
    report: dict[str, Any]
    billed: float


@pytest.fixture(scope="module")
def finished(
    postgres_server: str, migrated_template: str, transcripts: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Finished]:
    """A run that several tests look at and none changes."""
    cache = tmp_path_factory.mktemp("cache")
    with database_from(postgres_server, migrated_template) as url, FakeModel() as model:
        places = ["--input-path", str(transcripts), "--database", url, "--cache", str(cache)]
        report = call([*places, "--quarter", QUARTERS[0]], model)
        yield Finished(url, report, model.usd(0.2, 0.5))
