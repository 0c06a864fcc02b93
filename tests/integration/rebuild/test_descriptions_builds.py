"""The buildspec of descriptions with the real `leadgen describe`, against S3, a farm of sites and a language model."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import fsspec
import pandas as pd
import pyarrow.parquet as pq
import pytest
from account import BUCKET, NAME, Account
from codebuild import Build, run_build
from described_companies import farm_sites, repeats_the_first
from nights import Tables
from openai_server import KEY, FakeModel
from site_farm import SiteFarm

from build_artifacts.cli import main

COMPANIES = 40
TABLE = f"s3://{BUCKET}/described/companies.parquet"
CACHE = "caches/descriptions/descriptions.sqlite"
INTERNET = Path(__file__).parent / "farm_internet"


@dataclass
class World:
    """What a run sees besides AWS."""

    farm: SiteFarm
    model: FakeModel
    environment: dict[str, str]


@pytest.fixture(scope="module")
def small(tables: Tables) -> Tables:
    """Tables whose companies have the websites of the farm."""
    companies = tables.companies.drop_duplicates("company_id").reset_index(drop=True)[:COMPANIES]
    return Tables(tables.customers[:120], companies.assign(website=[f"http://firm{n}.com" for n in range(COMPANIES)]))


@pytest.fixture(scope="module")
def world(account: Account, small: Tables, upload: Callable[[Tables], None]) -> Iterator[World]:
    upload(small)
    secret = account.client("secretsmanager").create_secret(Name=f"{NAME}/model-key", SecretString=KEY)["ARN"]
    with SiteFarm(farm_sites(COMPANIES)) as farm, FakeModel(repeats_the_first) as model:
        environment = {
            "PYTHONPATH": f"layers/leadgen/python:.:{INTERNET}",
            "SITE_FARM_PORT": str(farm.port),
            "LEADGEN_DESCRIBED_COMPANIES": TABLE,
            "LEADGEN_DESCRIBE_INPUT_PATH": f"s3://{BUCKET}/inputs/companies",
            "LEADGEN_DESCRIBE_OUTPUT_PATH": TABLE,
            "LEADGEN_DESCRIBE_KEPT_AT": f"s3://{BUCKET}/caches/descriptions",
            "LEADGEN_DESCRIBE_PAUSE": "0",
            "LEADGEN_LLM_BASE_URL": model.url,
            "LEADGEN_LLM_API_KEY_SECRET": secret,
        }
        yield World(farm, model, environment)
    account.client("secretsmanager").delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)


@pytest.fixture(scope="module")
def describe(account: Account, world: World, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Build]:
    """`describe(LEADGEN_X="…")`: one build of the run, on a fresh disk."""
    disk = tmp_path_factory.mktemp("describing")
    return lambda **settings: run_build(account, disk, "buildspec-descriptions.yml", **world.environment | settings)


@pytest.fixture(scope="module")
def stopped(describe: Callable[..., Build], world: World) -> Build:
    """A build whose time was over while it read sites one after the other."""
    world.farm.seconds = 0.1
    built = describe(TIME_OVER_AFTER="5", LEADGEN_DESCRIBE_SITES="1")
    world.farm.seconds = 0.0
    return built


@pytest.fixture(scope="module")
def complete(stopped: Build, describe: Callable[..., Build]) -> Build:
    """The build after it."""
    return describe()


def lines(built: Build, step: str) -> list[dict]:
    """What the log says of a step, as filters of metrics find it."""
    found = [json.loads(line) for line in built.result.output.splitlines() if line.startswith('{"step"')]
    return [line for line in found if line["step"] == step]


def test_a_run_whose_time_is_over_succeeds_and_says_that_it_goes_on(stopped: Build, account: Account) -> None:
    assert stopped.result.succeeded, stopped.result.output
    assert stopped.result.exported == {"LEADGEN_DESCRIBED": "unfinished"}
    assert lines(stopped, "descriptions") == [{"step": "descriptions", "unfinished": 1}]
    assert lines(stopped, "described") == []
    assert CACHE in account.keys("caches/")
    assert "described/companies.parquet" not in account.keys("described/")


def test_the_next_build_goes_on_where_it_stopped(stopped: Build, complete: Build, world: World) -> None:
    assert complete.result.succeeded, complete.result.output
    assert complete.result.exported == {"LEADGEN_DESCRIBED": "complete"}
    (report,) = lines(complete, "described")
    assert (report["companies"], report["described"]) == (COMPANIES, COMPANIES)
    visits = [world.farm.requests[f"firm{n}.com", "/"] for n in range(COMPANIES)]
    assert sum(visits) <= COMPANIES + 1, "a site was visited again, besides the one that was under way"
    assert len(world.model.requests) == COMPANIES


def test_table_ledger_and_report_lie_in_the_bucket_and_the_key_nowhere(complete: Build, account: Account) -> None:
    beside = [f"described/_companies.{name}" for name in ("ledger.parquet", "report.json")]
    assert set(account.keys("described/")) == {"described/companies.parquet", *beside}
    table = pq.read_table(io.BytesIO(account.read("described/companies.parquet")))
    assert set(table["description_source"].to_pylist()) == {"llm"}
    assert account.document(beside[1])["described"] == COMPANIES
    assert KEY not in complete.result.output
    assert not [key for key in account.keys("") if KEY.encode() in account.read(key)]


def test_a_run_without_its_table_fails_and_does_not_come_again(describe: Callable[..., Build]) -> None:
    failed = describe(LEADGEN_DESCRIBE_INPUT_PATH=f"s3://{BUCKET}/inputs/nothing")
    assert failed.result.exit_code("build") == 2
    assert failed.result.exported == {"LEADGEN_DESCRIBED": "complete"}
    assert "inputs/nothing does not exist" in failed.result.output


@pytest.fixture
def rebuilt(
    account: Account, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], dict]]:
    """Rebuilds on this disk, and returns what the bundle says of its companies."""
    for name, value in (account.environment | world.environment).items():
        if name != "PYTHONPATH":
            monkeypatch.setenv(name, value)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.chdir(tmp_path)
    fsspec.get_filesystem_class("s3").clear_instance_cache()

    def rebuild() -> dict:
        assert main(["rebuild"]) == 0
        return json.loads(Path("build/image/artifacts/manifest.json").read_text())["companies"]

    yield rebuild
    fsspec.get_filesystem_class("s3").clear_instance_cache()


def test_the_next_rebuild_joins_the_descriptions_onto_todays_table_and_tells_their_age(
    complete: Build,
    account: Account,
    small: Tables,
    upload: Callable[[Tables], None],
    rebuilt: Callable[[], dict],
    caplog: pytest.LogCaptureFixture,
) -> None:
    newcomer = small.companies[:1].assign(company_id="new", name="Newcomer", description="It repairs lighthouses.")
    today = pd.concat([newcomer, small.companies[1:].assign(name="Renamed")])
    upload(Tables(small.customers, today))
    with caplog.at_level("INFO"):
        companies = rebuilt()
    assert companies["source"] == f"s3://{BUCKET}/inputs/companies"
    (told,) = [json.loads(line) for line in caplog.messages if line.startswith('{"step": "described table"')]
    assert 0 <= told["age_hours"] < 1
    assert (told["rows"], told["described"]) == (COMPANIES, COMPANIES - 1)
    table = pq.read_table(Path("build/inputs/described/joined/companies.parquet")).to_pylist()
    assert [row["company_id"] for row in table] == today["company_id"].tolist()
    assert [row["name"] for row in table] == ["Newcomer", *["Renamed"] * (COMPANIES - 1)]
    assert table[0]["description"] == "It repairs lighthouses."
    assert all("manufactures" in row["description"] for row in table[1:])
    inputs = json.loads(Path("build/report/snapshot.json").read_text())["inputs"]
    assert [entry["key"] for entry in inputs[TABLE]] == ["described/companies.parquet"]
    # Its own caches alone: those of descriptions may be large, and are none of its business.
    assert not Path("build/cache/descriptions").exists()
    upload(small)


def test_before_the_first_run_a_rebuild_reads_the_table_as_it_came(
    world: World, rebuilt: Callable[[], dict], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("LEADGEN_DESCRIBED_COMPANIES", f"s3://{BUCKET}/described/not-yet.parquet")
    assert rebuilt()["source"] == f"s3://{BUCKET}/inputs/companies"
    assert "not-yet.parquet does not exist yet" in caplog.text
