"""Small tables, a place to build them in, a checkpoint, and an S3 to store in."""

import importlib.util
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import boto3
import fsspec
import pandas as pd
import pytest
from workplace import ROOT, Workplace, build_before_and_after_a_change

from build_artifacts.sample import write_sample

CHECKPOINTS = ROOT / "tests/unit/models/bert_checkpoints.py"


@pytest.fixture(autouse=True)
def _no_settings_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("LEADGEN_", "AWS_"))]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    write_sample(folder, customers=100, companies=40)
    return folder


@pytest.fixture(scope="session")
def customers(sample: Path) -> pd.DataFrame:
    """The customers that can be used: current, with unique ids."""
    table = pd.read_parquet(sample / "customers.parquet")
    return (
        table[table["is_current"] & table["customer_id"].ne("")]
        .dropna(subset="customer_id")
        .drop_duplicates("customer_id")
    )


@pytest.fixture(scope="session")
def make_checkpoint() -> Callable[..., Path]:
    """`write_checkpoint` of the text models' own tests: a BERT of 32 dimensions with random weights."""
    spec = importlib.util.spec_from_file_location("checkpoints_of_models", CHECKPOINTS)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def make(folder: Path, change: float = 0.0) -> Path:
        tensors = module.random_tensors()
        tensors["embeddings.word_embeddings.weight"] += change
        return module.write_checkpoint(folder, tensors)

    return make


@pytest.fixture
def workplace(sample: Path, tmp_path: Path) -> Workplace:
    for name in ("customers.parquet", "companies.parquet"):
        (tmp_path / name).write_bytes((sample / name).read_bytes())
    return Workplace(tmp_path)


@pytest.fixture(scope="session")
def built(sample: Path, make_checkpoint: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A bundle with every kind of file: a neural model, learned similarity, lists and bytes in the index."""
    workplace = Workplace(tmp_path_factory.mktemp("whole"), str(make_checkpoint(tmp_path_factory.mktemp("tiny"))))
    for name in ("customers.parquet", "companies.parquet"):
        shutil.copy(sample / name, workplace.folder)
    assert workplace.build("--companies-similar-by", "sector", "--index-kind", "ivf-int8") == 0
    return workplace


@pytest.fixture
def changed_since_built(workplace: Workplace) -> tuple[Workplace, str]:
    """A bundle in service, a table that has changed since, and the bundle that comes of it if nobody disturbs."""
    return workplace, build_before_and_after_a_change(workplace)


@pytest.fixture
def bucket(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch):
    """An empty bucket `leads` on a real HTTP server, which every AWS client of this process talks to."""
    for name, value in {
        "AWS_ENDPOINT_URL": moto_endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    resource = boto3.resource("s3").Bucket("leads")
    resource.create()
    yield resource
    resource.objects.all().delete()
    resource.delete()
    fsspec.get_filesystem_class("s3").clear_instance_cache()
