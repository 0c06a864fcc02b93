"""A small quarter, and a run over it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
import pytest
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


Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(
    tmp_path: Path,
    database: str,
    transcripts: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """`run("2024Q3")`: the report of `leadgen topics`, with the offline text model and without a language model."""

    def run(
        quarter: str = QUARTERS[0],
        *flags: str,
        model: FakeModel | None = None,
        path: Path = transcripts,
        url: str = database,
        expect: int = 0,
    ) -> dict[str, Any]:
        with monkeypatch.context() as patch:
            for name, value in (language_model(model.url) if model else {}).items():
                patch.setenv(f"LEADGEN_{name}", value)
            code = main(
                [
                    *("topics", "--input-path", str(path), "--quarter", quarter, "--database", url),
                    *("--text-model", "hashing", "--cache", str(tmp_path / "cache"), "--processes", "1", *flags),
                ]
            )
        output = capsys.readouterr()
        assert code == expect, output.err
        return json.loads(output.out) if code == 0 else {"error": output.err}

    return run
