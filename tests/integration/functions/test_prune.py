"""What a rollout deletes once it has ended: images and bundles that nobody needs."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from aws.slow_stacks import ApiStack
from deployed_account import BUCKET, NAME, NEW, NEWER, REGION, Account
from moto.awslambda_simple.models import lambda_simple_backends
from moto.ecr.models import ecr_backends
from moto.s3.models import S3Backend, s3_backends
from rollouts import propose, release, run


def push(tag: str) -> str:
    """An image; its digest."""
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": tag},
        "layers": [],
    }
    text = json.dumps(manifest)
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    client = boto3.client("ecr")
    client.put_image(repositoryName=NAME, imageManifest=text, imageTag=tag, imageDigest=digest)
    images = ecr_backends["123456789012"][REGION].repositories[NAME].images
    images[-1].image_pushed_at = f"2026-01-01T00:00:{len(images):02d}Z"
    return digest


def kept() -> set[str]:
    found = boto3.client("ecr").describe_images(repositoryName=NAME)["imageDetails"]
    return {image["imageDigest"] for image in found}


def run_versions(*digests: str) -> None:
    """Published versions of the function, one of each image."""
    client = boto3.client("lambda")
    repository = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/{NAME}"
    role = boto3.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    for number, digest in enumerate(digests):
        uri = f"{repository}@{digest}"
        if number:
            client.update_function_code(FunctionName=NAME, ImageUri=uri)
        else:
            client.create_function(FunctionName=NAME, PackageType="Image", Code={"ImageUri": uri}, Role=role)
        version = client.publish_version(FunctionName=NAME)["Version"]
        # moto's versions share one code, and would all change with the next.
        published = lambda_simple_backends["123456789012"][REGION].get_function(NAME, version)
        published.code = dict(published.code)


def test_only_old_images_that_nothing_needs_are_deleted(
    account: Account, stack: ApiStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten, of_a_version, previous, current, candidate, newest = (push(tag) for tag in "abcdef")
    monkeypatch.setenv("LEADGEN_FUNCTION", NAME)
    account.put_in_service({"digest": previous, "bundle": "before"})
    stack.create()
    run()
    run_versions(of_a_version, current)
    release(account, stack, {"digest": current, "bundle": "now"})
    monkeypatch.setenv("LEADGEN_KEEP_IMAGES", "1")
    propose(account, {"digest": candidate, "bundle": "next"})
    assert forgotten in kept()
    stack.roll_back("alarm")
    run()
    assert kept() == {of_a_version, previous, current, candidate, newest}


def test_the_newest_images_are_kept(account: Account, deployed: ApiStack, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = {push(tag) for tag in "abc"}
    release(account, deployed, NEW)
    assert kept() == digests
    monkeypatch.setenv("LEADGEN_KEEP_IMAGES", "0")
    release(account, deployed, NEWER)
    assert kept() == set()


FILES = ("customers/x.npy", "manifest.json", "model/model.onnx")
MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)


def named(text: str) -> str:
    """As a bundle is: by 16 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def upload(account: Account, bundle: str, night: int, files: tuple[str, ...] = FILES) -> None:
    for name in files:
        key = f"artifacts/{bundle}/{name}"
        account.s3.put_object(Bucket=BUCKET, Key=key, Body=b"{}")
        stored = s3_backends["123456789012"]["aws"].buckets[BUCKET].keys[key]
        stored.last_modified = (MIDNIGHT + timedelta(days=night)).replace(tzinfo=None)


def bundles(account: Account) -> dict[str, set[str]]:
    """Names of files by bundle."""
    found: dict[str, set[str]] = {}
    for entry in account.s3.list_objects_v2(Bucket=BUCKET, Prefix="artifacts/").get("Contents", []):
        bundle, _, name = entry["Key"].removeprefix("artifacts/").partition("/")
        found.setdefault(bundle, set()).add(name)
    return found


def test_only_old_bundles_that_nothing_names_are_deleted(
    account: Account, deployed: ApiStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [named(text) for text in ("forgotten", "half", "before", "now", "rejected", "next", "pointed to", "newest")]
    forgotten, half, before, now, rejected, candidate, pointed_to, _ = names
    release(account, deployed, NEW | {"bundle": before})
    release(account, deployed, NEWER | {"bundle": now})
    for night, bundle in enumerate(names):
        upload(account, bundle, night, FILES[:1] if bundle == half else FILES)
    upload(account, "rejects", -1, ("customers.csv",))
    account.s3.put_object(Bucket=BUCKET, Key="artifacts/CURRENT", Body=f"{pointed_to}\n".encode())
    account.s3.put_object(Bucket=BUCKET, Key=f"caches/{forgotten}/manifest.json", Body=b"{}")
    monkeypatch.setenv("LEADGEN_KEEP_BUNDLES", "1")
    propose(account, {"digest": "sha256:" + "3" * 64, "bundle": rejected})
    account.write("release", {"digest": "sha256:" + "3" * 64, "bundle": candidate, "build": "rebuild:2"})
    assert set(names) < set(bundles(account))
    deployed.roll_back("alarm")
    run()
    assert set(bundles(account)) == {*names, "rejects", "CURRENT"} - {forgotten, half, rejected}
    assert bundles(account)[before] == set(FILES)
    assert account.s3.list_objects_v2(Bucket=BUCKET, Prefix="caches/")["KeyCount"] == 1


def test_no_reader_finds_a_manifest_whose_files_are_gone(
    account: Account, deployed: ApiStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten = named("forgotten")
    upload(account, forgotten, 0)
    monkeypatch.setenv("LEADGEN_KEEP_BUNDLES", "0")
    delete, seen = S3Backend.delete_object, []

    def watched(backend: Any, *arguments: Any, **named: Any) -> Any:
        deleted = delete(backend, *arguments, **named)
        seen.append(bundles(account).get(forgotten, set()))
        return deleted

    monkeypatch.setattr(S3Backend, "delete_object", watched)
    release(account, deployed, NEW)
    assert seen[-1] == set()
    assert not [files for files in seen if "manifest.json" in files and files != set(FILES)]


def test_the_newest_bundles_are_kept_and_one_that_is_being_uploaded_is_the_newest(
    account: Account, deployed: ApiStack
) -> None:
    names = [named(f"night {night}") for night in range(12)]
    for night, bundle in enumerate(names):
        upload(account, bundle, night)
    upload(account, names[0], 12, FILES[:1])
    release(account, deployed, NEW)
    assert set(bundles(account)) == {names[0], *names[3:]}
    assert bundles(account)[names[0]] == set(FILES)


def test_without_any_bundle_there_is_nothing_to_delete(account: Account, deployed: ApiStack) -> None:
    release(account, deployed, NEW)
    assert account.in_service == NEW
