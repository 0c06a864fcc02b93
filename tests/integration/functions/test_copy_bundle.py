"""A bundle from S3 onto the file system that the API mounts."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from answers import Answers
from deployed_account import BUCKET, Account

from functions.copy_bundle import handler as copy_bundle

FILES = {"customers/x.npy": b"x" * 100_000, "companies/rows/rows.json": b"[]", "model/model.onnx": b"weights"}


@pytest.fixture
def mount(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bundles"
    folder.mkdir()
    monkeypatch.setenv("LEADGEN_MOUNT", str(folder))
    return folder


def upload(account: Account, bundle: str, files: dict[str, bytes] = FILES, built: str = "2026-01-01") -> None:
    entries = {
        name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in FILES.items()
    }
    manifest = json.dumps({"created_at": built, "files": entries}).encode()
    account.s3.put_object(Bucket=BUCKET, Key=f"artifacts/{bundle}/manifest.json", Body=manifest)
    for name, content in files.items():
        account.s3.put_object(Bucket=BUCKET, Key=f"artifacts/{bundle}/{name}", Body=content)


def request(answers: Answers, bundle: str, before: str | None = None, kind: str = "Create") -> dict[str, Any]:
    event = {
        "RequestType": kind,
        "ResponseURL": answers.url,
        "StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/leadgen-dev-api/1",
        "RequestId": bundle,
        "LogicalResourceId": "Bundle",
        "ResourceProperties": {"Bundle": bundle},
    }
    if before:
        event |= {
            "RequestType": "Update",
            "PhysicalResourceId": "bundle-Bundle",
            "OldResourceProperties": {"Bundle": before},
        }
    return event


def run(event: dict[str, Any], answers: Answers) -> dict[str, Any]:
    copy_bundle.handler(event, None)
    return answers.bodies[-1]


def content(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_a_bundle_is_copied_whole(account: Account, answers: Answers, mount: Path) -> None:
    upload(account, "one")
    answer = run(request(answers, "one"), answers)
    assert (answer["Status"], answer["Data"], answer["PhysicalResourceId"]) == (
        "SUCCESS",
        {"Bundle": "one"},
        "bundle-Bundle",
    )
    assert content(mount / "one") == FILES
    assert [path.name for path in mount.iterdir()] == ["one"]


def test_the_bundle_before_stays_and_older_ones_go(account: Account, answers: Answers, mount: Path) -> None:
    for bundle in ("one", "two", "three"):
        upload(account, bundle)
    run(request(answers, "one"), answers)
    run(request(answers, "two", before="one"), answers)
    assert {path.name for path in mount.iterdir()} == {"one", "two"}
    run(request(answers, "three", before="two"), answers)
    assert {path.name for path in mount.iterdir()} == {"two", "three"}
    rolled_back = run(request(answers, "two", before="three"), answers)
    assert rolled_back["PhysicalResourceId"] == "bundle-Bundle"
    assert content(mount / "two") == FILES


def test_an_altered_object_is_refused_and_no_half_bundle_appears(
    account: Account, answers: Answers, mount: Path
) -> None:
    upload(account, "one")
    run(request(answers, "one"), answers)
    upload(account, "two", FILES | {"model/model.onnx": b"WEIGHTS"})
    answer = run(request(answers, "two", before="one"), answers)
    assert answer["Status"] == "FAILED"
    assert "artifacts/two/model/model.onnx" in answer["Reason"]
    assert not (mount / "two").exists()
    assert content(mount / "one") == FILES


def test_a_copy_that_was_cut_short_is_gone_on_with(account: Account, answers: Answers, mount: Path) -> None:
    incomplete = {name: FILES[name] for name in ("customers/x.npy", "companies/rows/rows.json")}
    upload(account, "one", incomplete)
    assert run(request(answers, "one"), answers)["Status"] == "FAILED"
    work = mount / ".copying-one"
    before = (work / "customers/x.npy").stat().st_mtime_ns
    (work / "companies/rows/rows.json").write_bytes(b"[")
    upload(account, "one")
    assert run(request(answers, "one"), answers)["Status"] == "SUCCESS"
    assert content(mount / "one") == FILES
    assert (mount / "one/customers/x.npy").stat().st_mtime_ns == before


def test_a_repeated_request_copies_nothing_again(account: Account, answers: Answers, mount: Path) -> None:
    upload(account, "one")
    run(request(answers, "one"), answers)
    before = (mount / "one").stat().st_mtime_ns
    assert run(request(answers, "one"), answers)["Status"] == "SUCCESS"
    assert (mount / "one").stat().st_mtime_ns == before


def test_a_build_from_unchanged_tables_renews_when_the_bundle_was_built(
    account: Account, answers: Answers, mount: Path
) -> None:
    upload(account, "one", built="2026-01-01")
    run(request(answers, "one"), answers)
    before = (mount / "one/customers/x.npy").stat().st_mtime_ns
    upload(account, "one", built="2026-01-02")
    assert run(request(answers, "one", before="one"), answers)["Status"] == "SUCCESS"
    assert json.loads((mount / "one/manifest.json").read_bytes())["created_at"] == "2026-01-02"
    assert {path.name for path in (mount / "one").iterdir()} == {"companies", "customers", "manifest.json", "model"}
    assert (mount / "one/customers/x.npy").stat().st_mtime_ns == before


@pytest.mark.parametrize("bundle", ["absent", "../one", "", "a/b"])
def test_what_is_no_bundle_is_refused(account: Account, answers: Answers, mount: Path, bundle: str) -> None:
    assert run(request(answers, bundle), answers)["Status"] == "FAILED"
    assert not list(mount.glob("[!.]*"))


def test_a_file_outside_the_bundle_is_not_written(account: Account, answers: Answers, mount: Path) -> None:
    manifest = json.dumps({"files": {"../../x": {"size": 1, "sha256": "0"}}}).encode()
    account.s3.put_object(Bucket=BUCKET, Key="artifacts/one/manifest.json", Body=manifest)
    assert "outside" in run(request(answers, "one"), answers)["Reason"]


def test_a_deletion_leaves_the_bundles(account: Account, answers: Answers, mount: Path) -> None:
    upload(account, "one")
    run(request(answers, "one"), answers)
    assert run(request(answers, "one", kind="Delete"), answers)["Status"] == "SUCCESS"
    assert (mount / "one").exists()
