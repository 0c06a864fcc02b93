"""Rebuilds without Docker: what is read, what is kept between builds, and what a first or an odd deployment does."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import fsspec
import pandas as pd
import pytest
from account import BUCKET, SECRET, Account
from nights import Tables

from build_artifacts.cli import main


@pytest.fixture(autouse=True)
def _own_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test runs on a disk of its own, without the caller's settings."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.chdir(tmp_path)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    yield
    fsspec.get_filesystem_class("s3").clear_instance_cache()


@pytest.fixture
def deployed(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    account = Account.create(moto_endpoint)
    for name, value in account.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LEADGEN_SAMPLE_CUSTOMERS", "80")
    monkeypatch.setenv("LEADGEN_SAMPLE_COMPANIES", "30")
    yield account
    account.remove()


@pytest.fixture
def small(tables: Tables) -> Tables:
    return Tables(tables.customers[:120], tables.companies[:40])


@pytest.fixture
def put_in_service(deployed: Account) -> Callable[[], str]:
    """What `candidate` and the rollout do with the bundle that was just built."""

    def put() -> str:
        candidate = json.loads(Path("build/candidate.json").read_text())
        folder = Path(candidate["folder"])
        for path in (path for path in folder.rglob("*") if path.is_file()):
            deployed.put(path, f"artifacts/{candidate['bundle']}/{path.relative_to(folder).as_posix()}")
        deployed.set_parameter("in-service/bundle", candidate["bundle"])
        return str(candidate["bundle"])

    return put


def latest(account: Account) -> dict:
    return account.document("reports/latest.json")


def manifest() -> dict:
    return json.loads(Path("build/image/artifacts/manifest.json").read_text())


def cached_texts(account: Account, folder: Path) -> int:
    (key,) = account.keys("caches/embeddings/")
    (folder / "cache.sqlite").write_bytes(account.read(key))
    with closing(sqlite3.connect(folder / "cache.sqlite")) as connection:
        return connection.execute("SELECT COUNT(*) FROM embedding").fetchone()[0]


def test_an_empty_account_gets_the_sample_whatever_columns_are_set(
    deployed: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADGEN_HIGH_VALUE", "won")
    monkeypatch.setenv("LEADGEN_TEXT_COLS", "notes")
    assert main(["rebuild"]) == 0
    assert {manifest()[table]["source"] for table in ("customers", "companies")} == {"sample"}
    assert latest(deployed)["verdict"] == "accepted"


@pytest.mark.parametrize("reuse", ["false", "true"])
def test_the_first_tables_replace_the_sample_without_being_compared_with_it(
    deployed: Account,
    put_in_service: Callable[[], str],
    small: Tables,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    reuse: str,
) -> None:
    assert main(["rebuild"]) == 0
    put_in_service()
    small.upload(deployed, tmp_path / "upload")
    monkeypatch.setenv("LEADGEN_REUSE_BUNDLE", reuse)
    assert main(["rebuild"]) == 0
    assert latest(deployed)["in_service"] is None
    assert manifest()["customers"]["rows"] > 80


def test_tables_that_vanish_are_no_reason_to_serve_the_sample(
    deployed: Account,
    put_in_service: Callable[[], str],
    small: Tables,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    small.upload(deployed, tmp_path / "upload")
    assert main(["rebuild"]) == 0
    put_in_service()
    deployed.delete("inputs/")
    assert main(["rebuild"]) == 2
    assert "put the tables back" in capsys.readouterr().err
    report = latest(deployed)
    assert (report["verdict"], report["bundle"]) == ("refused", None)
    assert not Path("build/image").exists()


def test_a_table_that_vanishes_alone_is_a_drop_of_all_its_rows(
    deployed: Account, put_in_service: Callable[[], str], small: Tables, tmp_path: Path
) -> None:
    small.upload(deployed, tmp_path / "upload")
    assert main(["rebuild"]) == 0
    put_in_service()
    deployed.delete("inputs/companies/")
    assert main(["rebuild"]) == 3
    (check,) = [check for check in latest(deployed)["checks"] if check["name"] == "companies.rows_drop"]
    assert (check["verdict"], check["value"]) == ("refused", 1.0)


def test_a_table_in_parts_is_copied_as_it_is_now(deployed: Account, small: Tables, tmp_path: Path) -> None:
    small.upload(deployed, tmp_path / "upload")
    for number, part in enumerate((small.customers[:50], small.customers[50:])):
        part.to_parquet(tmp_path / "part.parquet")
        deployed.put(tmp_path / "part.parquet", f"inputs/customers/part-{number}.parquet")
    deployed.client("s3").put_object(Bucket=BUCKET, Key="inputs/customers/_SUCCESS", Body=b"")
    deployed.client("s3").put_object(Bucket=BUCKET, Key="inputs/customers_old/part-0.parquet", Body=b"no table")
    deployed.put(tmp_path / "part.parquet", "inputs/customers/part-9.parquet")
    deployed.delete("inputs/customers/part-9.parquet")
    assert main(["rebuild"]) == 0
    copied = json.loads(Path("build/report/snapshot.json").read_text())["inputs"][f"s3://{BUCKET}/inputs/customers"]
    assert [entry["key"] for entry in copied] == [f"inputs/customers/part-{number}.parquet" for number in (0, 1)]
    assert len({entry["version_id"] for entry in copied}) == 2


def test_a_writer_in_mid_build_changes_nothing(
    deployed: Account, small: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.upload(deployed, tmp_path / "upload")
    assert main(["rebuild"]) == 0
    undisturbed = manifest()["build_id"]

    def build_while_somebody_writes(options):
        Tables(small.customers[:60], small.companies[:20]).upload(deployed, tmp_path / "again")
        return build_indices(options)

    from build_artifacts.rebuild import rebuild

    small.upload(deployed, tmp_path / "upload")
    build_indices = rebuild.build_indices
    monkeypatch.setattr(rebuild, "build_indices", build_while_somebody_writes)
    assert main(["rebuild"]) == 0
    assert manifest()["build_id"] == undisturbed


def test_embeddings_of_a_refused_build_are_kept(
    deployed: Account, put_in_service: Callable[[], str], small: Tables, tmp_path: Path
) -> None:
    small.upload(deployed, tmp_path / "upload")
    assert main(["rebuild"]) == 0
    put_in_service()
    before = cached_texts(deployed, tmp_path)
    fresh = small.customers[:40].assign(bio=[f"repairs lighthouse number {i}" for i in range(40)])
    Tables(fresh, small.companies).upload(deployed, tmp_path / "upload")
    assert main(["rebuild"]) == 3
    assert before + 20 < cached_texts(deployed, tmp_path) <= before + 40


@pytest.mark.parametrize("damage", [b"no database" * 1000, b"", None], ids=["another file", "empty", "cut off"])
def test_a_damaged_cache_is_made_anew(
    deployed: Account, small: Tables, tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: bytes | None
) -> None:
    small.upload(deployed, tmp_path / "upload")
    assert main(["rebuild"]) == 0
    texts = cached_texts(deployed, tmp_path)
    (key,) = deployed.keys("caches/embeddings/")
    content = deployed.read(key)
    deployed.client("s3").put_object(
        Bucket=BUCKET, Key=key, Body=content[: len(content) // 2] if damage is None else damage
    )
    (model,) = [key for key in deployed.keys("caches/models/") if key.endswith("spec.json")]
    deployed.client("s3").put_object(Bucket=BUCKET, Key=model, Body=b"{")
    assert main(["rebuild"]) == 0
    assert "all texts are embedded anew" in caplog.text
    assert cached_texts(deployed, tmp_path) == texts


def test_a_bundle_in_service_that_cannot_be_fetched_stops_the_build(
    deployed: Account, small: Tables, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small.upload(deployed, tmp_path / "upload")
    deployed.set_parameter("in-service/bundle", "0123456789abcdef")
    assert main(["rebuild"]) == 2
    assert "artifacts/0123456789abcdef/manifest.json" in capsys.readouterr().err


def test_golden_queries_of_the_bucket_are_asked(
    deployed: Account, small: Tables, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small.upload(deployed, tmp_path / "upload")
    query = {"request": {"bio": "runs a bakery"}, "expect": {"probability": [0.999, 1.0]}}
    deployed.client("s3").put_object(
        Bucket=BUCKET, Key="inputs/golden.json", Body=json.dumps({"leads": [query]}).encode()
    )
    assert main(["rebuild"]) == 3
    assert "golden_queries: 1 queries; not answered as expected: leads[0]" in capsys.readouterr().err
    deployed.client("s3").put_object(Bucket=BUCKET, Key="inputs/golden.json", Body=b'{"leads": [{"request": {}}]}')
    assert main(["rebuild"]) == 2
    assert "golden.json is no file of golden queries: leads.0.expect" in capsys.readouterr().err


def test_without_a_bucket_a_person_gets_the_same_on_disk(
    small: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    small.customers.to_parquet(folder / "customers.parquet")
    small.companies.to_csv(folder / "companies.csv", index=False)
    tables = ["--input-path", str(folder / "customers.parquet"), "--companies-input-path", str(folder)]
    tables[3] = str(folder / "companies.csv")
    rebuild = ["rebuild", *tables, "--text-model", "hashing", "--threads", "1"]
    assert main(rebuild) == 0
    current = Path("artifacts/CURRENT").read_text().strip()
    assert manifest()["build_id"] == current
    assert (Path("artifacts") / current / "manifest.json").exists()
    assert Path("artifacts/digest.key").exists()
    pd.DataFrame(small.customers[:40]).to_parquet(folder / "customers.parquet")
    assert main(rebuild) == 3
    assert Path("artifacts/CURRENT").read_text().strip() == current
    small.customers.to_parquet(folder / "customers.parquet")
    assert main(rebuild) == 0
    assert not list(Path("build/image").rglob("digest.key"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"LEADGEN_PARAMETER_PREFIX": None}, "LEADGEN_PARAMETER_PREFIX"),
        ({"LEADGEN_DIGEST_KEY": None}, "LEADGEN_DIGEST_KEY"),
        ({"LEADGEN_BUNDLE_SOURCE": "ftp"}, "LEADGEN_BUNDLE_SOURCE"),
        ({"LEADGEN_GATE_AUC_DROP": "a lot"}, "LEADGEN_GATE_AUC_DROP"),
        ({"LEADGEN_DATA_BUCKET": "absent"}, "absent"),
    ],
)
def test_a_setting_at_fault_is_named(
    deployed: Account,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, str | None],
    message: str,
) -> None:
    for name, value in change.items():
        monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    assert main(["rebuild"]) == 2
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_an_image_that_was_not_pushed_is_not_handed_on(
    deployed: Account, small: Tables, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small.upload(deployed, tmp_path / "upload")
    assert main(["candidate", "--metadata", "image.json"]) == 2
    assert main(["rebuild"]) == 0
    before = deployed.production()
    for written in (None, "{}", json.dumps({"containerimage.digest": "sha256:" + "0" * 64}), '["x"]'):
        if written is not None:
            Path("image.json").write_text(written)
        assert main(["candidate", "--metadata", "image.json"]) == 2
    manifest_of_another = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"})
    digest = "sha256:" + "1" * 64
    deployed.client("ecr").put_image(
        repositoryName="leadgen-dev", imageManifest=manifest_of_another, imageTag="else", imageDigest=digest
    )
    Path("image.json").write_text(json.dumps({"containerimage.digest": digest}))
    assert main(["candidate", "--metadata", "image.json"]) == 2
    assert "another build pushed it" in capsys.readouterr().err
    assert deployed.production()["parameters"] == before["parameters"]
    assert deployed.production()["artifacts"] == before["artifacts"]
    assert SECRET not in Path("build/candidate.json").read_text()
