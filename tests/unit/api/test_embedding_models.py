"""Which text models are served, and by which names."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from leadgen.errors import ConfigurationError, ModelError
from leadgen.settings import Settings
from leadgen.text import hashing_spec

from functions.api.embedding.registry import EmbeddingModels, UnknownModelError


@pytest.fixture
def make_model(tmp_path: Path) -> Callable[[str, int], Path]:
    """A folder with the hashing model of so many dimensions, which needs no other file."""

    def make(name: str, dimension: int) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True)
        hashing_spec(dimension).write(folder)
        return folder

    return make


@pytest.fixture
def bucket(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    values = {"AWS_ENDPOINT_URL": moto_endpoint, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    for name, value in {**values, "AWS_DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    made = boto3.resource("s3").Bucket("text-models")
    made.create()
    yield made.name
    made.objects.all().delete()
    made.delete()


def served(setting: str) -> EmbeddingModels:
    return EmbeddingModels.open(Settings(embedding_models=setting), None)


def test_a_model_is_called_by_its_id_or_by_the_name_it_is_given(make_model: Callable[[str, int], Path]) -> None:
    models = served(f"{make_model('a', 8)}, small/one={make_model('b', 16)}")
    assert [(model.name, model.spec.dimension) for model in models] == [("hashing", 8), ("small/one", 16)]
    assert models.get(None).name == "hashing"
    assert models.get("small/one").spec.dimension == 16


def test_a_folder_of_models_serves_them_all(make_model: Callable[[str, int], Path], tmp_path: Path) -> None:
    for folder in ("many/b", "many/a"):
        make_model(folder, 8)
    (tmp_path / "many/other").mkdir()
    assert [model.name for model in served(str(tmp_path / "many"))] == ["hashing"]
    with pytest.raises(ConfigurationError, match="holds 2 models"):
        served(f"one={tmp_path / 'many'}")


def test_two_models_cannot_have_one_name(make_model: Callable[[str, int], Path]) -> None:
    with pytest.raises(ConfigurationError, match="two models are called hashing"):
        served(f"{make_model('a', 8)},{make_model('b', 16)}")


def test_a_path_may_hold_an_equals_sign(make_model: Callable[[str, int], Path]) -> None:
    folder = make_model("kind=small/a", 8)
    assert [model.name for model in served(f"{folder},x={folder}")] == ["hashing", "x"]


def test_an_unknown_name_is_refused_with_those_that_are_known(make_model: Callable[[str, int], Path]) -> None:
    with pytest.raises(UnknownModelError, match="served are: hashing"):
        served(str(make_model("a", 8))).get("other")
    with pytest.raises(UnknownModelError, match="none"):
        served("").get(None)


def test_models_come_from_s3_one_or_several(bucket: str, make_model: Callable[[str, int], Path]) -> None:
    folder = make_model("a", 8)
    for key in ("models/a/spec.json", "models/b/deeper/spec.json", "single/spec.json"):
        boto3.client("s3").upload_file(str(folder / "spec.json"), bucket, key)
    for place in ("models", "models/", "single"):
        assert [model.spec.dimension for model in served(f"s3://{bucket}/{place}")] == [8]
    with pytest.raises(ModelError, match="holds no compiled text model"):
        served(f"s3://{bucket}/elsewhere")


def test_a_folder_without_a_model_is_refused_by_its_name(make_model: Callable[[str, int], Path]) -> None:
    folder = make_model("a", 8)
    shutil.rmtree(folder)
    with pytest.raises(ModelError, match=str(folder)):
        served(str(folder))
