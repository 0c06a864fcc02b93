"""The buildspec's own commands against S3, SSM and ECR: what a night changes, and what a bad night must not."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from account import NAME, REPOSITORY, SECRET, Account
from codebuild import Build, embedded
from nights import Tables, half, with_flipped_labels
from stubs import calls

BuildWith = Callable[..., Build]
Upload = Callable[[Tables], None]


def refused_checks(report: dict[str, Any]) -> set[str]:
    return {check["name"] for check in report["checks"] if check["verdict"] == "refused"}


def test_the_first_build_hands_a_pushed_image_on(account: Account, first: Build) -> None:
    release = account.release
    (tags,) = account.images().values()
    assert list(account.images()) == [release["digest"]]
    assert tags == [(first.source / "build/image.tag").read_text()]
    assert release["build"] == first.id
    assert account.read("artifacts/CURRENT").decode().strip() == release["bundle"]
    manifest = account.document(f"artifacts/{release['bundle']}/manifest.json")
    assert manifest["build_id"] == release["bundle"]
    assert manifest["customers"]["source"] == "s3://leadgen-dev-data/inputs/customers"


def test_the_report_says_what_was_built_from_what(account: Account, first: Build) -> None:
    report = account.document("reports/latest.json")
    assert report == account.document(f"{first.report}/gate.json")
    assert (report["verdict"], report["build"], report["in_service"]) == ("accepted", first.id, None)
    assert {"customers.auc", "customers.recall", "companies.general.recall"} <= {c["name"] for c in report["checks"]}
    snapshot = account.document(f"{first.report}/snapshot.json")["inputs"]
    (copied,) = snapshot["s3://leadgen-dev-data/inputs/customers"]
    head = account.client("s3").head_object(
        Bucket="leadgen-dev-data", Key=copied["key"], VersionId=copied["version_id"]
    )
    assert (head["ContentLength"], head["ETag"].strip('"')) == (copied["size"], copied["etag"])
    assert account.document(f"{first.report}/release.json")["digest"] == account.release["digest"]
    assert account.document(f"{first.report}/evaluation.json")["customers"]["quality"]["auc"]


def test_docker_is_told_what_lambda_can_run(first: Build) -> None:
    login, built = calls(first.calls, "docker")
    assert (login["arguments"][-1], login["stdin"].strip()) == (REPOSITORY.split("/")[0], "a-password-of-twelve-hours")
    assert {"--provenance=false", "--sbom=false", "--push"} <= set(built["arguments"])
    assert "a-password-of-twelve-hours" not in str(built["arguments"]) + str(login["arguments"])


def test_the_secret_is_in_no_file_and_no_log(account: Account, first: Build) -> None:
    assert SECRET not in first.result.output
    written = [path for path in (first.source / "build").rglob("*") if path.is_file()]
    assert not [path for path in written if SECRET.encode() in path.read_bytes()]
    assert not [key for key in account.keys("") if SECRET.encode() in account.read(key)]


def test_reports_hold_no_id_and_no_address(account: Account, first: Build, tables: Tables) -> None:
    texts = [account.read(key).decode() for key in account.keys("reports/")]
    assert any("duplicate id" in text for text in texts)
    for column in ("customer_id", "email", "name"):
        values = {str(value) for value in tables.customers[column].dropna() if len(str(value)) > 5}
        assert not [value for value in values if any(value in text for text in texts)]


def test_a_night_with_few_changes_embeds_only_those_and_passes(
    account: Account, first: Build, build: BuildWith, upload: Upload, tomorrow: Tables
) -> None:
    before = account.production()
    upload(tomorrow)
    second = build()
    assert second.result.succeeded, second.result.output
    (all_of_them,), (new,) = embedded(first.result), embedded(second.result)
    changed = round(0.02 * (len(tomorrow.customers) + len(tomorrow.companies)))
    assert 0 < new <= 2 * changed < all_of_them / 10
    report = account.document("reports/latest.json")
    assert (report["verdict"], report["in_service"]) == ("accepted", before["parameters"]["in-service/bundle"])
    assert refused_checks(report) == set()
    assert account.release["bundle"] != before["parameters"]["in-service/bundle"]
    assert account.parameter("in-service/digest") == before["parameters"]["in-service/digest"]
    assert set(before["images"]) < set(account.images())
    account.roll_out()


@pytest.fixture(scope="module")
def without_half(
    account: Account, first: Build, build: BuildWith, upload: Upload, tables: Tables
) -> tuple[Build, dict[str, Any], dict[str, Any]]:
    """A build over half the rows, and production before and after."""
    before = account.production()
    upload(Tables(half(tables.customers), half(tables.companies)))
    return build(), before, account.production()


def assert_refused(account: Account, bad: Build, expected: set[str]) -> None:
    assert bad.result.exit_code("build") == 3
    assert calls(bad.calls, "docker") == []
    assert not (bad.source / "build/image").exists()
    report = account.document(f"{bad.report}/gate.json")
    assert (report["verdict"], report["build"]) == ("refused", bad.id)
    assert expected <= refused_checks(report)
    for name in refused_checks(report):
        assert f"\n{name}: " in bad.result.output


def test_half_the_rows_gone_is_refused_and_production_stays(
    account: Account, without_half: tuple[Build, dict[str, Any], dict[str, Any]]
) -> None:
    bad, before, after = without_half
    assert after == before
    assert_refused(account, bad, {"customers.rows_drop", "companies.rows_drop"})


def test_flipped_labels_are_refused_and_production_stays(
    account: Account, first: Build, build: BuildWith, upload: Upload, tables: Tables
) -> None:
    before = account.production()
    upload(Tables(with_flipped_labels(tables.customers), tables.companies))
    bad = build()
    assert account.production() == before
    assert_refused(account, bad, {"customers.label_agreement"})
    assert account.document("reports/latest.json") == account.document(f"{bad.report}/gate.json")


def test_a_person_may_accept_the_refused_snapshot(
    account: Account,
    without_half: tuple[Build, dict[str, Any], dict[str, Any]],
    build: BuildWith,
    upload: Upload,
    tables: Tables,
) -> None:
    refused = without_half[0]
    accept = account.document(f"{refused.report}/gate.json")["snapshot"]
    assert f"LEADGEN_GATE_ACCEPT={accept}" in refused.result.output
    upload(Tables(half(tables.customers), half(tables.companies)))
    accepted = build(LEADGEN_GATE_ACCEPT=accept)
    assert accepted.result.succeeded, accepted.result.output
    report = account.document("reports/latest.json")
    assert (report["verdict"], report["accepted_by_hand"]) == ("accepted", True)
    assert account.release["bundle"] == report["bundle"]


@pytest.mark.soak
def test_a_push_that_fails_hands_nothing_on(
    account: Account, first: Build, build: BuildWith, upload: Upload, tables: Tables
) -> None:
    before = account.production()
    upload(tables)
    failed = build(STUB_DOCKER_FAILS="yes")
    assert not failed.result.succeeded
    assert account.production() == before


def test_new_code_bakes_the_bundle_in_service_again(account: Account, first: Build, build: BuildWith) -> None:
    before = account.production()
    again = build(LEADGEN_REUSE_BUNDLE="true")
    assert again.result.succeeded, again.result.output
    assert list(embedded(again.result)) == []
    assert account.release["bundle"] == account.parameter("in-service/bundle")
    assert account.production()["artifacts"] == before["artifacts"]
    # The code is the same here as well, and so is every byte of the image.
    assert account.release["digest"] == account.parameter("in-service/digest")
    assert (again.source / "build/image.tag").read_text() in account.images()[account.release["digest"]]


@pytest.mark.soak
def test_a_bundle_of_another_format_is_built_anew(
    account: Account, first: Build, build: BuildWith, upload: Upload, tables: Tables
) -> None:
    upload(tables)
    in_service = account.parameter("in-service/bundle")
    key = f"artifacts/{in_service}/manifest.json"
    kept = account.read(key)
    account.client("s3").put_object(
        Bucket="leadgen-dev-data", Key=key, Body=json.dumps(json.loads(kept) | {"format": 0}).encode()
    )
    try:
        built = build(LEADGEN_REUSE_BUNDLE="true")
        assert built.result.succeeded, built.result.output
        assert "cannot read the bundle in service" in built.result.output
        assert len(list(embedded(built.result))) == 1
        report = account.document("reports/latest.json")
        assert (report["reused"], report["in_service"]) == (False, None)
    finally:
        account.client("s3").put_object(Bucket="leadgen-dev-data", Key=key, Body=kept)


def test_the_image_tag_is_the_builds_own(account: Account, first: Build) -> None:
    tags = [tag for tags in account.images().values() for tag in tags]
    assert len(tags) == len(set(tags))
    repository = account.client("ecr").describe_repositories(repositoryNames=[NAME])["repositories"][0]
    assert repository["imageTagMutability"] == "IMMUTABLE"
    tag = (first.source / "build/image.tag").read_text()
    assert tag.startswith(account.document(f"{first.report}/gate.json")["bundle"])
