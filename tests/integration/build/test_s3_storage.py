import json
import shutil

import boto3
import pandas as pd
import pytest
from leadgen.engine import Engine
from leadgen.errors import BundleError
from workplace import Workplace

from build_artifacts.indices.upload import Upload

KEY = "k" * 64


@pytest.fixture(autouse=True)
def _local_copies(tmp_path, monkeypatch):
    """Bundles are copied below the temporary folder: a fresh one for each test."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.setenv("LEADGEN_DIGEST_KEY", KEY)


@pytest.fixture(scope="module")
def objects() -> dict[str, bytes]:
    """What the first build left in the bucket, by key."""
    return {}


@pytest.fixture
def stored(bucket, workplace, objects):
    """The tables and a bundle built from them under s3://leads."""
    for key, content in objects.items():
        bucket.put_object(Key=key, Body=content)
    if not objects:
        upload_tables(bucket, workplace)
        assert build(workplace) == 0
        objects |= {entry.key: entry.get()["Body"].read() for entry in bucket.objects.all()}
    return workplace


def upload_tables(bucket, workplace):
    bucket.upload_file(str(workplace.folder / "customers.parquet"), "tables/customers.parquet")
    table = pd.read_parquet(workplace.folder / "companies.parquet")
    for number, part in enumerate((table[:20], table[20:])):
        bucket.put_object(Key=f"tables/companies/part-{number}.csv", Body=part.to_csv(index=False).encode())


def build(workplace: Workplace, *more: str) -> int:
    tables = ["--input-path", "s3://leads/tables/customers.parquet"]
    tables += ["--companies-input-path", "s3://leads/tables/companies"]
    return workplace.build(*tables, "--artifacts", "s3://leads/prod/bundles", *more, tables=False)


def opened(url="s3://leads/prod/bundles"):
    return Engine.open(url, digest_key=KEY, threads=1)


def keys(bucket):
    return [entry.key for entry in bucket.objects.all()]


def test_tables_are_read_from_s3_and_the_bundle_is_opened_from_it(stored, bucket):
    current = bucket.Object("prod/bundles/CURRENT").get()["Body"].read().decode().strip()
    assert "prod/bundles/rejects/customers.csv" in keys(bucket)
    for url in ("s3://leads/prod/bundles", "s3://leads/prod/bundles/", f"s3://leads/prod/bundles/{current}"):
        engine = opened(url)
        assert engine.manifest.build_id == current
        assert engine.manifest.companies.rows == 40
        assert engine.scorer.score([{"job_title": "CTO", "bio": "runs platforms", "industry": "Software"}])


def test_current_is_written_last_and_the_manifest_after_the_files_it_lists(bucket, built, monkeypatch):
    written = []
    session = boto3.session.Session()
    session.events.register("provide-client-params.s3.PutObject", lambda params, **_: written.append(params["Key"]))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    assert Upload("s3://leads/prod").bundle(built.bundle) == f"s3://leads/prod/{built.current}"
    assert written[-2:] == [f"prod/{built.current}/manifest.json", "prod/CURRENT"]
    assert len(written) == len(built.open().manifest.files) + 2


def test_a_bundle_at_the_top_of_a_bucket_is_found(stored, bucket):
    for entry in bucket.objects.filter(Prefix="prod/bundles/"):
        bucket.copy({"Bucket": "leads", "Key": entry.key}, entry.key.removeprefix("prod/bundles/"))
    assert opened("s3://leads").manifest.companies.rows == 40


def test_a_damaged_local_copy_is_fetched_again(stored):
    folder = opened().folder
    for name in ("customers/rows/rows.json", "manifest.json"):
        content = bytearray((folder / name).read_bytes())
        content[100] ^= 1
        (folder / name).write_bytes(content)
    (folder / "companies/rows/rows.json").write_bytes(b"")
    opened()


def test_a_local_copy_says_when_the_bundle_was_built_last(stored, bucket):
    before = opened().manifest
    manifest = bucket.Object(f"prod/bundles/{before.build_id}/manifest.json")
    later = json.loads(manifest.get()["Body"].read()) | {"created_at": "2100-01-01T00:00:00+00:00"}
    manifest.put(Body=json.dumps(later).encode())
    assert (opened().manifest.build_id, opened().manifest.created_at) == (before.build_id, later["created_at"])


def test_a_damaged_object_is_refused_until_it_is_whole_again(stored, bucket):
    current = bucket.Object("prod/bundles/CURRENT").get()["Body"].read().decode().strip()
    damaged = bucket.Object(f"prod/bundles/{current}/customers/rows/rows.json")
    whole = damaged.get()["Body"].read()
    damaged.put(Body=bytes([whole[0] ^ 1]) + whole[1:])
    for _ in range(2):
        with pytest.raises(BundleError, match=r"customers/rows/rows\.json"):
            opened()
    damaged.delete()
    with pytest.raises(BundleError, match=r"s3://leads/prod/bundles/.*customers/rows/rows\.json"):
        opened()
    damaged.put(Body=whole)
    opened()


def test_an_altered_manifest_in_s3_is_refused(stored, bucket):
    current = bucket.Object("prod/bundles/CURRENT").get()["Body"].read().decode().strip()
    manifest = bucket.Object(f"prod/bundles/{current}/manifest.json")
    body = json.loads(manifest.get()["Body"].read())
    manifest.put(Body=json.dumps(body | {"leadgen_version": "99"}))
    with pytest.raises(BundleError, match=r"s3://leads/prod.*altered"):
        opened()


def test_a_bundle_on_a_mounted_file_system_is_opened_where_it_lies(stored, tmp_path):
    mounted = tmp_path / "efs"
    shutil.copytree(opened().folder, mounted)
    assert opened(str(mounted)).folder == mounted


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--artifacts", "s3://absent/prod"), "'absent'"),
        (("--input-path", "s3://absent/table.parquet"), "s3://absent/table.parquet"),
        (("--input-path", "s3://leads/absent.parquet"), "s3://leads/absent.parquet"),
        (("--cache", "s3://leads/cache"), "s3://leads/cache"),
        (("--text-model", "s3://absent/model"), "s3://absent/model"),
    ],
)
def test_storage_that_cannot_be_used_is_named_in_one_line(workplace, bucket, capsys, flags, message):
    bucket.upload_file(str(workplace.folder / "customers.parquet"), "tables/customers.parquet")
    bucket.upload_file(str(workplace.folder / "companies.parquet"), "tables/companies/one.parquet")
    assert build(workplace, *flags) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("leadgen indices: ")
    assert message in last


def test_a_bundle_in_s3_that_cannot_be_read_is_named(bucket, monkeypatch):
    for url, message in (
        ("s3://absent/prod", "s3://absent/prod"),
        ("s3://leads", "neither manifest.json nor CURRENT"),
        ("s3://leads/prod", "neither manifest.json nor CURRENT"),
    ):
        with pytest.raises(BundleError, match=message):
            opened(url)
    bucket.put_object(Key="CURRENT", Body=b"gone\n")
    with pytest.raises(BundleError, match="s3://leads/gone"):
        opened("s3://leads")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(BundleError, match="s3://leads"):
        opened("s3://leads")


def test_without_the_digest_key_nothing_is_built_for_s3(workplace, bucket, monkeypatch, capsys):
    monkeypatch.delenv("LEADGEN_DIGEST_KEY")
    bucket.upload_file(str(workplace.folder / "customers.parquet"), "tables/customers.parquet")
    assert build(workplace) == 2
    assert "LEADGEN_DIGEST_KEY" in capsys.readouterr().err
    assert keys(bucket) == ["tables/customers.parquet"]
