"""Text models out of a bucket."""

import tempfile
import uuid
from pathlib import Path

import boto3
import pytest
from leadgen.errors import ModelError
from leadgen.text import hashing_spec, load_text_model
from leadgen.text.location import locate_text_model
from leadgen.text.spec import SPEC_FILE


@pytest.fixture
def bucket(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_endpoint)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    name = f"text-models-{uuid.uuid4().hex}"
    where = {"LocationConstraint": "eu-central-1"}
    boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=where)
    return name


def put(bucket: str, name: str, content: str) -> None:
    boto3.client("s3").put_object(Bucket=bucket, Key=name, Body=content.encode())


def test_a_model_in_a_bucket_is_copied_once_and_again_when_it_changes(bucket: str, tmp_path: Path) -> None:
    put(bucket, f"a/{SPEC_FILE}", hashing_spec(32).model_dump_json(exclude_none=True))
    first = locate_text_model(f"s3://{bucket}/a/")
    assert load_text_model(first).encode(["wind"]).shape == (1, 32)
    (first / "mark").touch()
    assert (locate_text_model(f"s3://{bucket}/a") / "mark").exists()
    put(bucket, f"a/{SPEC_FILE}", hashing_spec(64).model_dump_json(exclude_none=True))
    assert load_text_model(locate_text_model(f"s3://{bucket}/a")).encode(["wind"]).shape == (1, 64)
    assert not list(tmp_path.rglob(".downloading-*"))


def test_a_prefix_without_a_model_or_with_half_of_one_is_refused_by_name(bucket: str) -> None:
    with pytest.raises(ModelError, match=f"{bucket}/none"):
        locate_text_model(f"s3://{bucket}/none")
    half = hashing_spec(32).model_copy(update={"kind": "onnx"})
    put(bucket, f"half/{SPEC_FILE}", half.model_dump_json(exclude_none=True))
    for _ in range(2):
        with pytest.raises(ModelError, match=f"{bucket}/half"):
            locate_text_model(f"s3://{bucket}/half")


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    assert locate_text_model(str(tmp_path)) == tmp_path


def test_the_model_of_a_space_is_found_below_the_prefix_and_else_at_it(bucket: str) -> None:
    narrow, wide = (hashing_spec(dimension) for dimension in (32, 64))
    put(bucket, f"all/{narrow.space}/{SPEC_FILE}", narrow.model_dump_json(exclude_none=True))
    assert load_text_model(locate_text_model(f"s3://{bucket}/all/", narrow.space)).spec == narrow
    with pytest.raises(ModelError, match=f"{bucket}/all"):
        locate_text_model(f"s3://{bucket}/all/", wide.space)
    put(bucket, f"all/{SPEC_FILE}", wide.model_dump_json(exclude_none=True))
    assert load_text_model(locate_text_model(f"s3://{bucket}/all/", wide.space)).spec == wide
    assert load_text_model(locate_text_model(f"s3://{bucket}/all/", narrow.space)).spec == narrow
