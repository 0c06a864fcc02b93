"""`leadgen describe` from the command line, with tables and state on s3://, and `leadgen indices` on what it wrote."""

import io
import json

import boto3
import pyarrow.parquet as pq
import pytest
from described_companies import farm_sites, home, options, repeats_the_first, write_companies
from leadgen.errors import ConfigurationError
from openai_server import FakeModel
from site_farm import SiteFarm, page

from build_artifacts.cli import main
from build_artifacts.descriptions.command import add_describe_command
from build_artifacts.descriptions.flags import describe_options
from build_artifacts.lazy_command import LazyCommand


@pytest.fixture
def bucket(moto_endpoint, monkeypatch):
    for name, value in {
        "AWS_ENDPOINT_URL": moto_endpoint, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    found = boto3.resource("s3").Bucket("descriptions")
    found.create()
    found.object_versions.delete()
    return found


def parsed(*arguments):
    parser = LazyCommand()
    add_describe_command(parser)
    return parser.parse_args(arguments)


def test_tables_and_state_may_lie_on_s3(tmp_path, bucket, run):
    write_companies(tmp_path / "companies.parquet", 6)
    bucket.upload_file(str(tmp_path / "companies.parquet"), "inputs/companies.parquet")
    places = {
        "input_path": "s3://descriptions/inputs/companies.parquet",
        "output_path": "s3://descriptions/described/companies.parquet",
        "kept_at": "s3://descriptions/caches/descriptions/",
    }
    with SiteFarm(farm_sites(6)) as farm, FakeModel(repeats_the_first) as model:
        run(options(tmp_path, model.url, **places, cache=tmp_path / "one"), farm.network())
        # The next run has another disk, and finds everything.
        report = run(options(tmp_path, model.url, **places, cache=tmp_path / "two"), farm.network())
        assert len(model.requests) == 6
    assert report["unchanged"] == 6
    assert {entry.key for entry in bucket.objects.all()} == {
        "inputs/companies.parquet", "described/companies.parquet", "described/_companies.ledger.parquet",
        "described/_companies.report.json", "caches/descriptions/descriptions.sqlite",
    }  # fmt: skip
    table = pq.read_table(io.BytesIO(bucket.Object("described/companies.parquet").get()["Body"].read()))
    assert table.num_rows == 6
    assert set(table.column("description_source").to_pylist()) == {"llm"}


def test_indices_take_the_table_and_embed_only_what_changed(tmp_path, run, capsys):
    write_companies(tmp_path / "companies.parquet", 30)
    build = [
        "indices", "--artifacts", str(tmp_path / "artifacts"), "--cache", str(tmp_path / "embeddings"),
        "--companies-input-path", str(tmp_path / "out"), "--companies-text-cols", "description",
    ]  # fmt: skip
    with SiteFarm(farm_sites(30)) as farm:
        run(options(tmp_path), farm.network())
        assert main(build) == 0
        before = embedded(tmp_path)
        farm.sites["firm3.com"] = {"/": page(home(3).replace("drills", "kettles"))}
        run(options(tmp_path), farm.network())
        assert main(build) == 0
    assert len(embedded(tmp_path) - before) == 1


def embedded(folder):
    import sqlite3

    found = set()
    for path in (folder / "embeddings").rglob("*.sqlite"):
        with sqlite3.connect(path) as connection:
            found |= {digest for (digest,) in connection.execute("SELECT digest FROM embedding")}
        connection.close()
    return found


def test_flags_become_options(monkeypatch):
    monkeypatch.setenv("LEADGEN_DESCRIBE_PAUSE", "2.5")
    monkeypatch.setenv("LEADGEN_LLM_API_KEY", "sk-test")
    found = describe_options(
        parsed("--input-path", "a.csv", "--output-path", "s3://b/c.parquet", "--industry-cols", "sic,x")
    )
    assert (found.pause, found.columns.industry) == (2.5, ("sic", "x"))
    assert found.language_model is not None
    assert (found.language_model.model, found.language_model.base_url) == ("gpt-4o-mini", "https://api.openai.com/v1")
    assert json.dumps(found.user_agent).startswith('"leadgen/')


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "--input-path"),
        (["--input-path", "a.csv"], "--output-path"),
        (["--input-path", "a.csv", "--output-path", "b.csv"], "--output-path"),
        (["--input-path", "a.csv", "--output-path", "b.parquet", "--pause", "-1"], "--pause"),
        (["--input-path", "a.csv", "--output-path", "b.parquet", "--sites", "many"], "--sites"),
        (["--input-path", "a.csv", "--output-path", "b.parquet", "--user-agent", "x\ny"], "--user-agent"),
        (["--input-path", "a.csv", "--output-path", "b.parquet", "--kept-at", "/tmp/x"], "--kept-at"),
        (["--input-path", "a.csv", "--output-path", "b.parquet", "--llm-batch-wait", "soon"], "--llm-batch-wait"),
    ],
)
def test_a_wrong_flag_is_named(arguments, named):
    with pytest.raises(ConfigurationError, match=named):
        describe_options(parsed(*arguments))


@pytest.mark.parametrize(
    ("variable", "arguments", "wait"),
    [
        ("", [], None),
        ("false", [], None),
        ("", ["--llm-batch"], 60),
        ("TRUE", ["--llm-batch-wait", "0"], 0),
    ],
)
def test_batches_are_an_option(monkeypatch, variable, arguments, wait):
    monkeypatch.setenv("LEADGEN_LLM_BATCH", variable)
    found = describe_options(parsed("--input-path", "a.csv", "--output-path", "b.parquet", *arguments))
    assert found.batch_wait == wait


def test_a_variable_that_is_neither_true_nor_false_is_named(monkeypatch):
    monkeypatch.setenv("LEADGEN_LLM_BATCH", "maybe")
    with pytest.raises(ConfigurationError, match="LEADGEN_LLM_BATCH"):
        describe_options(parsed("--input-path", "a.csv", "--output-path", "b.parquet"))
