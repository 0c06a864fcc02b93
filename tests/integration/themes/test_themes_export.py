import json
import re
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pyarrow.parquet as pq
import pytest
from leadgen.database.comparison import compare
from leadgen.database.connection import connect
from leadgen.database.runs import RunChoice, choose_run
from sqlalchemy import Connection, text

from build_artifacts import cli
from build_artifacts.topics.export.destination import open_destination
from build_artifacts.topics.store import RunConfiguration, RunStore

TABLES = {"sentences.parquet", "topics.parquet", "themes.parquet", "firms.parquet"}
PICTURES = {"map.png", "map.html", "history.png", "history.html", "themes.html"}


def export(url: str, folder: Path | str, *flags: str) -> int:
    return cli.main(["themes", "export", "--database", url, "--output-path", str(folder), *flags])


def page_data(page: Path) -> Any:
    """What the page's script reads."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.read_text("utf-8"))
    assert found
    return json.loads(found[1])


def count(connection: Connection, table: str, run_id: int) -> int:
    return connection.execute(text(f"SELECT count(*) FROM {table} WHERE run_id = {run_id}")).scalar_one()


@pytest.fixture(scope="module")
def exported(filled, tmp_path_factory) -> Path:
    """The newest complete run."""
    folder = tmp_path_factory.mktemp("themes")
    assert export(filled.url, folder) == 0
    return folder


def test_the_tables_hold_every_row_of_the_newest_complete_run(exported, filled, engine):
    run_id = filled.quarters.second
    described = json.loads((exported / "run.json").read_text())

    assert {path.name for path in exported.iterdir()} == TABLES | PICTURES | {"run.json"}
    assert (described["run"]["id"], described["run"]["quarter"]) == (run_id, "2021Q4")
    assert set(described["files"]) == TABLES | PICTURES
    with engine.connect() as connection:
        for name in TABLES:
            rows = count(connection, name.removesuffix(".parquet"), run_id)
            table = pq.read_table(exported / name)
            assert len(table) == described["files"][name]["rows"] == rows
            assert set(table["run_id"].to_pylist()) == {run_id}


def test_tables_agree_with_each_other(exported):
    sentences, topics, themes, firms = (
        pq.read_table(exported / f"{name}.parquet").to_pandas() for name in ("sentences", "topics", "themes", "firms")
    )

    joined = sentences.merge(topics, on="topic_id", suffixes=("", "_of_topic"))
    assert (joined.company_id == joined.company_id_of_topic).all()
    assert (joined.theme_id == joined.theme_id_of_topic).all()
    assert joined.groupby("topic_id").size().to_dict() == topics.set_index("topic_id").n_sentences.to_dict()
    assert sentences[sentences.kept_out == "boilerplate"].topic_id.isna().all()
    named = topics.merge(themes, on="theme_id")
    assert len(named) == len(topics)
    assert (named.theme == named.name).all()
    assert set(themes.parent_id.dropna()) <= set(themes.theme_id)
    assert sorted(firms.company_id) == list(firms.company_id)
    assert topics[["x", "y"]].stack().between(0, 1).all()


def test_vectors_are_those_of_the_database(exported, filled, engine):
    sentences = pq.read_table(exported / "sentences.parquet")
    query = text(
        "SELECT company_id, position, embedding::text FROM sentences JOIN firms ON firms.id = firm_id "
        f"WHERE sentences.run_id = {filled.quarters.second} AND embedding IS NOT NULL LIMIT 50"
    )
    with engine.connect() as connection:
        stored = {(row[0], row[1]): json.loads(row[2]) for row in connection.execute(query)}

    found = {(row["company_id"], row["position"]): row["embedding"] for row in sentences.to_pylist()}
    for key, vector in stored.items():
        assert np.array_equal(np.array(vector, np.float16), np.array(found[key], np.float16))
    kept_out = sentences.filter(sentences["kept_out"].is_valid())
    assert kept_out["embedding"].null_count == len(kept_out) > 0


def test_the_map_shows_all_topics_and_the_tree_all_themes(exported):
    topics = pq.read_table(exported / "topics.parquet").to_pandas()
    themes = pq.read_table(exported / "themes.parquet").to_pandas()
    data = page_data(exported / "map.html")

    assert sorted(data["topics"]["title"]) == sorted(topics.title)
    assert {theme["name"] for theme in data["themes"]} == set(topics.theme)
    tree = (exported / "themes.html").read_text("utf-8")
    assert all(f"<b>{name}</b>" in tree for name in themes.name)


def test_the_history_has_the_shares_that_the_comparison_of_both_quarters_tells(exported, engine):
    data = page_data(exported / "history.html")
    with engine.connect() as connection:
        before, after = (choose_run(connection, RunChoice(quarter)) for quarter in ("2021Q3", "2021Q4"))
        compared = compare(connection, before, after, level=0)

    assert data["quarters"] == ["2021Q3", "2021Q4"]
    shares = {theme["name"]: (theme["firms"], theme["sentences"]) for theme in data["themes"]}
    changes = [*compared.new, *compared.gone, *compared.grown, *compared.shrunk, *compared.unchanged]
    assert len(shares) == len(changes)
    for change in changes:
        firms, sentences = shares[change.name]
        assert firms == pytest.approx([change.before.share_of_firms, change.after.share_of_firms], abs=1e-5)
        assert sentences == pytest.approx([change.before.share_of_sentences, change.after.share_of_sentences], abs=1e-5)


def test_only_the_tables_of_a_run_that_is_named_without_vectors(filled, tmp_path):
    run_id = filled.quarters.superseded

    assert export(filled.url, tmp_path, "--run-id", str(run_id), "--format", "parquet", "--embeddings", "none") == 0

    assert {path.name for path in tmp_path.iterdir()} == TABLES | {"run.json"}
    assert json.loads((tmp_path / "run.json").read_text())["run"]["id"] == run_id
    for name in ("sentences", "topics", "themes"):
        assert not {"embedding", "centroid"} & set(pq.read_schema(tmp_path / f"{name}.parquet").names)


def test_only_the_pictures_of_a_quarter_whose_history_ends_with_it(filled, tmp_path):
    assert export(filled.url, tmp_path, "--quarter", "2021Q3", "--format", "pictures") == 0

    assert {path.name for path in tmp_path.iterdir()} == PICTURES | {"run.json"}
    assert page_data(tmp_path / "history.html")["quarters"] == ["2021Q3"]


def test_the_same_run_gives_the_same_pages_again(exported, filled, tmp_path):
    assert export(filled.url, tmp_path, "--format", "pictures") == 0

    for name in ("map.html", "history.html", "themes.html"):
        assert (tmp_path / name).read_bytes() == (exported / name).read_bytes()


def test_a_run_that_is_not_complete_is_refused(filled, tmp_path, capsys):
    assert export(filled.url, tmp_path, "--quarter", "2022Q1") == 2

    assert "no complete run of quarter 2022Q1" in capsys.readouterr().err


def test_a_run_without_topics_is_exported(database, tmp_path):
    engine = connect(database)
    with RunStore(engine) as store:
        run = store.open_run(RunConfiguration("2021Q3", "none.parquet", "model", "0" * 64, 8, None, {}, "1"))
        store.finish(run.id, {})
    engine.dispose()

    assert export(database, tmp_path) == 0

    assert {path.name for path in tmp_path.iterdir()} == TABLES | PICTURES | {"run.json"}
    assert all(len(pq.read_table(tmp_path / name)) == 0 for name in TABLES)
    assert "This run has no themes" in (tmp_path / "themes.html").read_text("utf-8")


@pytest.fixture
def bucket(moto_endpoint, monkeypatch):
    """An empty bucket `quarters` on a real HTTP server."""
    for name, value in {
        "AWS_ENDPOINT_URL": moto_endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    bucket = boto3.resource("s3").Bucket("quarters")
    bucket.create()
    yield bucket
    bucket.objects.all().delete()
    bucket.delete()


def test_a_bucket_gets_the_same_files_with_the_types_that_browsers_expect(bucket, filled, exported, capsys):
    assert export(filled.url, "s3://quarters/2021/q4") == 0

    names = {entry.key.removeprefix("2021/q4/") for entry in bucket.objects.all()}
    assert names == TABLES | PICTURES | {"run.json"}
    assert capsys.readouterr().out.splitlines()[-1] == "s3://quarters/2021/q4/run.json"
    page = bucket.Object("2021/q4/map.html").get()
    assert page["ContentType"] == "text/html"
    assert page["Body"].read() == (exported / "map.html").read_bytes()


def test_a_bucket_that_does_not_exist_is_refused_before_anything_is_read(bucket, tmp_path, capsys):
    assert export(f"embedded:{tmp_path / 'never'}", "s3://nowhere/themes") == 2

    assert "the bucket 'nowhere' of --output-path s3://nowhere/themes does not exist" in capsys.readouterr().err
    assert not (tmp_path / "never").exists()


def test_a_folder_that_cannot_be_written_is_refused(filled, tmp_path, capsys):
    (tmp_path / "file").write_text("")

    assert export(filled.url, tmp_path / "file") == 2

    assert "--output-path" in capsys.readouterr().err


def test_a_file_that_fails_half_way_leaves_the_one_before_it(tmp_path):
    destination = open_destination(str(tmp_path))
    with destination.file("themes.html") as path:
        path.write_text("whole")

    def fail() -> None:
        with destination.file("themes.html") as path:
            path.write_text("ha")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [path.read_text() for path in tmp_path.iterdir()] == ["whole"]
