"""Local inputs are copied once, and named by where they came from."""

import json
from pathlib import Path

import pytest
from leadgen.errors import ConfigurationError, InputError

from build_artifacts.indices.options import BuildOptions, TableOptions
from build_artifacts.rebuild.job import Job
from build_artifacts.rebuild.objects import inside
from build_artifacts.rebuild.snapshot import take_snapshot


def options(customers: Path | None = None, companies: Path | None = None, **fields) -> BuildOptions:
    tables = [None if path is None else TableOptions(str(path), "id", **fields) for path in (customers, companies)]
    return BuildOptions("artifacts", "cache", customers=tables[0], companies=tables[1])


def test_a_file_and_a_folder_are_copied_and_read_from_the_copy(tmp_path) -> None:
    parts = tmp_path / "parts"
    (parts / "year=2026").mkdir(parents=True)
    for name in ("year=2026/a.csv", "b.csv", "_SUCCESS", ".hidden"):
        (parts / name).write_text(name)
    (tmp_path / "firms.csv").write_text("firms")
    snapshot = take_snapshot(options(parts, tmp_path / "firms.csv"), None, tmp_path / "copy")
    copied = Path(snapshot.customers.input_path)
    assert {p.relative_to(copied).as_posix() for p in copied.rglob("*.*") if p.is_file()} == {
        "year=2026/a.csv",
        "b.csv",
    }
    assert snapshot.customers.source == str(parts)
    (tmp_path / "firms.csv").write_text("changed")
    assert Path(snapshot.companies.input_path).read_text() == "firms"
    assert Path(snapshot.companies.input_path).name == "firms.csv"
    snapshot.write(tmp_path / "snapshot.json")
    inputs = json.loads((tmp_path / "snapshot.json").read_text())["inputs"]
    assert inputs[str(tmp_path / "firms.csv")] == [
        {"key": str(tmp_path / "firms.csv"), "size": 5, "version_id": None, "etag": None}
    ]


def test_without_any_table_there_is_no_snapshot(tmp_path) -> None:
    assert take_snapshot(options(), None, tmp_path / "copy") is None
    assert take_snapshot(options(tmp_path / "absent", tmp_path / "absent2"), None, tmp_path / "copy") is None


def test_pairs_of_similar_companies_are_inputs_as_well(tmp_path) -> None:
    (tmp_path / "firms.csv").write_text("firms")
    (tmp_path / "pairs.csv").write_text("pairs")
    given = options(None, tmp_path / "firms.csv", similar_by=str(tmp_path / "pairs.csv"))
    snapshot = take_snapshot(given, None, tmp_path / "copy")
    assert Path(snapshot.companies.similar_by).read_text() == "pairs"
    assert snapshot.companies.similar_by != str(tmp_path / "pairs.csv")
    (tmp_path / "pairs.csv").unlink()
    with pytest.raises(InputError, match=r"pairs\.csv does not exist"):
        take_snapshot(given, None, tmp_path / "again")


@pytest.mark.parametrize("key", ["../outside", "a/../../b", ""])
def test_a_key_cannot_leave_the_folder(tmp_path, key: str) -> None:
    with pytest.raises(InputError):
        inside(tmp_path, key)


def test_bundles_under_s3_need_a_bucket(tmp_path, monkeypatch) -> None:
    for name in ("LEADGEN_DATA_BUCKET", "LEADGEN_PARAMETER_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigurationError, match="LEADGEN_DATA_BUCKET"):
        Job.prepare(BuildOptions("s3://bucket/artifacts", "cache"), tmp_path)
