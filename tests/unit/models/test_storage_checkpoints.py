import boto3
import fsspec
import pytest
from bert_checkpoints import random_tensors, write_checkpoint, write_sentence_modules
from leadgen.errors import ModelError
from leadgen.text import TextModelSpec, load_text_model

from build_artifacts.models import prepare_text_model

URL = "s3://models/text/bge-tiny"


@pytest.fixture
def bucket(moto_endpoint, monkeypatch):
    for name, value in {
        "AWS_ENDPOINT_URL": moto_endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    resource = boto3.resource("s3").Bucket("models")
    resource.create()
    yield resource
    resource.objects.all().delete()
    resource.delete()
    fsspec.get_filesystem_class("s3").clear_instance_cache()


def upload(bucket, folder):
    for path in folder.rglob("*"):
        if path.is_file():
            bucket.upload_file(str(path), f"text/bge-tiny/{path.relative_to(folder)}")


def test_a_checkpoint_in_s3_gives_the_model_its_local_copy_gives(bucket, tmp_path):
    local = write_checkpoint(tmp_path / "bge-tiny")
    write_sentence_modules(local, {"pooling_mode_cls_token": True})
    upload(bucket, local)
    stored = prepare_text_model(URL, tmp_path / "cache")
    assert TextModelSpec.read(stored).source == URL
    expected = load_text_model(prepare_text_model(str(local), tmp_path / "other"))
    assert TextModelSpec.read(stored).sha256 == expected.spec.sha256
    assert (load_text_model(stored).encode(["we lease"]) == expected.encode(["we lease"])).all()


def test_a_checkpoint_written_again_is_compiled_again(bucket, tmp_path):
    upload(bucket, write_checkpoint(tmp_path / "one"))
    first = prepare_text_model(URL, tmp_path / "cache")
    tensors = random_tensors()
    tensors["embeddings.LayerNorm.bias"][0] += 1
    upload(bucket, write_checkpoint(tmp_path / "two", tensors))
    assert prepare_text_model(URL, tmp_path / "cache") != first


def test_an_empty_folder_in_s3_is_an_error(bucket, tmp_path):
    with pytest.raises(ModelError, match=f"{URL} has no config.json"):
        prepare_text_model(URL, tmp_path / "cache")


def test_a_storage_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(ModelError, match="nowhere://x cannot be listed"):
        prepare_text_model("nowhere://x", tmp_path / "cache")
