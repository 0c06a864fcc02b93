"""`leadgen embed` on tables as they come, with a small checkpoint that has E5's prefixes."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import boto3
import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from leadgen.text import load_text_model
from leadgen.text.windows import cut_into_windows, join_windows

from build_artifacts.cli import main
from build_artifacts.embed.reading import PART_ROWS
from build_artifacts.models import prepare_text_model

CHECKPOINT = Path(__file__).parents[2] / "fixtures" / "text" / "multilingual" / "xlm-roberta"
LONG = "wind turbine blades for farms " * 30
ROWS = {
    "id": ["a", "b", "c", "d"],
    "title": ["Brauerei", None, "Wind", " "],
    "text": ["München", LONG, "blades", None],
}
TEXTS = ["Brauerei. München", LONG.strip(), "Wind. blades"]


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory):
    """The checkpoint, compiled under a name that gives it its prefixes."""
    place = tmp_path_factory.mktemp("model")
    checkpoint = shutil.copytree(CHECKPOINT, place / "multilingual-e5-small")
    return prepare_text_model(str(checkpoint), place / "cache")


@pytest.fixture
def embed(model_folder, tmp_path, capsys):
    """Runs the command; gives its exit code, its report, what it wrote to stderr, and the table."""

    def run(*flags, given=tmp_path / "in.parquet", output=str(tmp_path / "out.parquet")):
        arguments = ["--input-path", str(given), "--output-path", output, "--text-model", str(model_folder)]
        code = main(["embed", *arguments, "--text-cols", "title,text", "--threads", "1", *flags])
        printed = capsys.readouterr()
        return code, json.loads(printed.out or "null"), printed.err

    return run


def written(path):
    return pq.read_table(path).to_pylist()


def vectors(rows):
    return np.array([row["embedding"] for row in rows if row["embedding"] is not None], dtype=np.float32)


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_every_row_gets_its_embedding_and_counts_in_order(embed, tmp_path, model_folder, suffix):
    table, given = pa.table(ROWS), tmp_path / f"in.{suffix}"
    if suffix == "parquet":
        pq.write_table(table, given)
    elif suffix == "csv":
        pa_csv.write_csv(table, given)
    else:
        given.write_text("\n".join(json.dumps(row) for row in [*table.to_pylist()]) + "\nno object\n\n[1]\n")
    code, report, _ = embed("--id-col", "id", given=given)
    rows = written(tmp_path / "out.parquet")
    expected = load_text_model(model_folder).encode_counted(TEXTS, "passage")
    assert code == 0
    assert [row["id"] for row in rows] == ["a", "b", "c", "d"]
    np.testing.assert_allclose(vectors(rows), expected.embeddings, atol=1e-5)
    assert [row["tokens"] for row in rows] == [*expected.tokens, 0]
    assert [row["cut"] for row in rows] == [*expected.cut, 0]
    assert rows[3]["embedding"] is None
    assert pq.read_schema(tmp_path / "out.parquet").field("embedding").type == pa.list_(pa.float32(), 24)
    assert {k: report[k] for k in ("rows", "embedded", "without_text")} == {"rows": 4, "embedded": 3, "without_text": 1}
    assert report["tokens_cut"] == expected.cut.sum() > 0


def test_options_of_the_embedding_are_followed(embed, tmp_path, model_folder):
    pq.write_table(pa.table(ROWS), tmp_path / "in.parquet")
    model = load_text_model(model_folder)
    for flags, kind, truncate in ((("--kind", "query"), "query", "end"), (("--truncate", "start"), "passage", "start")):
        assert embed(*flags)[0] == 0
        rows = written(tmp_path / "out.parquet")
        assert [row["row"] for row in rows] == [0, 1, 2, 3]
        np.testing.assert_allclose(vectors(rows), model.encode_counted(TEXTS, kind, truncate).embeddings, atol=1e-5)


def test_a_long_text_may_be_embedded_whole_and_in_halves(embed, tmp_path, model_folder):
    pq.write_table(pa.table(ROWS), tmp_path / "in.parquet")
    assert embed("--long-text", "window", "--embedding-type", "float16")[0] == 0
    rows = written(tmp_path / "out.parquet")
    model = load_text_model(model_folder)
    windows = cut_into_windows(model, TEXTS, "passage")
    expected = join_windows(model.encode_tokens(windows.ids), windows.owner, windows.weight, 3)
    np.testing.assert_allclose(vectors(rows), expected, atol=2e-3)
    assert [row["tokens"] for row in rows] == [*windows.tokens, 0]
    assert pq.read_schema(tmp_path / "out.parquet").field("embedding").type == pa.list_(pa.float16(), 24)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--truncate", "error", "--id-col", "id"), "id b: its text has .* tokens but the text model reads 40"),
        (("--text-cols", "tilte"), "no column 'tilte'; --text-cols may name id, title, text"),
        (("--id-col", "number"), "no column 'number'; --id-col"),
        (("--output-path", "out.csv"), "--output-path is 'out.csv'"),
        (("--kind", "document"), "--kind is 'document'; it is one of query, passage"),
        (("--threads", "0"), "--threads is '0'"),
        (("--text-model", "hashing", "--long-text", "window"), "--long-text window needs a neural text model"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(embed, tmp_path, flags, message):
    pq.write_table(pa.table(ROWS), tmp_path / "in.parquet")
    code, _, error = embed("--cache", str(tmp_path / "cache"), *flags)
    assert code == 2
    assert error.strip().splitlines()[-1].startswith("leadgen embed: ")
    assert re.search(message, error)


def test_flags_may_be_given_in_the_environment(embed, tmp_path, monkeypatch):
    pq.write_table(pa.table(ROWS), tmp_path / "in.parquet")
    monkeypatch.setenv("LEADGEN_EMBED_ID_COL", "id")
    assert embed()[0] == 0
    assert [row["id"] for row in written(tmp_path / "out.parquet")] == ["a", "b", "c", "d"]


def test_a_run_that_is_killed_goes_on_without_embedding_a_row_twice(embed, tmp_path, model_folder):
    count = 12 * PART_ROWS + 7
    texts = [f"wind turbine {i} blades for farms in München" for i in range(count)]
    pq.write_table(pa.table({"id": range(count), "title": texts, "text": [""] * count}), tmp_path / "in.parquet")
    command = [sys.executable, "-m", "build_artifacts", "embed", "--input-path", tmp_path / "in.parquet"]
    command += ["--output-path", tmp_path / "out.parquet", "--text-model", model_folder]
    parts = tmp_path / "out.parquet.parts"
    process = subprocess.Popen(
        [*map(str, command), "--text-cols", "title,text", "--threads", "1"], stderr=subprocess.DEVNULL
    )
    while len(list(parts.glob("*.parquet"))) < 3:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = {path.name: path.stat().st_mtime_ns for path in parts.glob("*.parquet")}
    code, report, _ = embed()
    assert code == 0
    assert report["embedded"] == count - len(kept) * PART_ROWS
    assert not parts.exists()
    table = pq.read_table(tmp_path / "out.parquet")
    assert table["row"].to_pylist() == list(range(count))
    sample = table.take([0, 5000, count - 1]).to_pylist()
    expected = load_text_model(model_folder).encode([texts[row["row"]] for row in sample], "passage")
    np.testing.assert_allclose(vectors(sample), expected, atol=1e-5)
    assert embed()[1]["embedded"] == 0


def test_a_table_or_manner_that_changed_is_embedded_anew_and_the_same_one_is_not(embed, tmp_path):
    table = pa.table({"id": range(2 * PART_ROWS), "title": ["wind"] * 2 * PART_ROWS, "text": [""] * 2 * PART_ROWS})
    pq.write_table(table, tmp_path / "in.parquet")
    assert embed()[1]["embedded"] == 2 * PART_ROWS
    changed = table.set_column(1, "title", pa.array(["wind"] * (2 * PART_ROWS - 1) + ["blades"]))
    pq.write_table(changed, tmp_path / "in.parquet")
    assert embed()[1]["embedded"] == 2 * PART_ROWS
    assert embed()[1]["embedded"] == 0
    assert embed("--kind", "query")[1]["embedded"] == 2 * PART_ROWS


def test_tables_in_a_bucket(embed, moto_endpoint, monkeypatch, tmp_path):
    settings = {"AWS_ENDPOINT_URL": moto_endpoint, "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in (settings | {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}).items():
        monkeypatch.setenv(name, value)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    bucket = boto3.resource("s3").Bucket("embedded")
    bucket.create()
    lines = "\n".join(json.dumps(row) for row in pa.table(ROWS).to_pylist())
    bucket.put_object(Key="in/rows.jsonl", Body=lines.encode())
    code, report, _ = embed(given="s3://embedded/in/rows.jsonl", output="s3://embedded/out/rows.parquet")
    assert (code, report["embedded"]) == (0, 3)
    assert [item.key for item in bucket.objects.all()] == ["in/rows.jsonl", "out/rows.parquet"]
    bucket.download_file("out/rows.parquet", str(tmp_path / "back.parquet"))
    assert len(written(tmp_path / "back.parquet")) == 4
    assert embed(given="s3://embedded/in/rows.jsonl", output="s3://embedded/out/rows.parquet")[1]["embedded"] == 0
    fsspec.get_filesystem_class("s3").clear_instance_cache()
