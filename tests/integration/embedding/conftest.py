"""A server of two small text models, without a bundle."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from leadgen.text import TextModel, hashing_spec, load_text_model
from openai import OpenAI

from build_artifacts.models import prepare_text_model

ROOT = Path(__file__).resolve().parents[3]
NEURAL, HASHING = "acme/e5-tiny", "hashing"


def checkpoints() -> Any:
    """The text models' own tests know how to make one: of 32 dimensions, 24 tokens, and random weights."""
    name = "checkpoints_of_models"
    spec = importlib.util.spec_from_file_location(name, ROOT / "tests/unit/models/bert_checkpoints.py")
    assert spec
    assert spec.loader
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def models_setting(tmp_path_factory: pytest.TempPathFactory) -> str:
    """`LEADGEN_EMBEDDING_MODELS`: a model with E5's prefixes under a name of its own, and the hashing one."""
    folder = tmp_path_factory.mktemp("models")
    checkpoint = checkpoints().write_checkpoint(folder / "e5-small-v2")
    neural = prepare_text_model(str(checkpoint), folder / "cache")
    (folder / "hashing").mkdir()
    hashing_spec(64).write(folder / "hashing")
    return f"{NEURAL}={neural},{folder / 'hashing'}"


@pytest.fixture(scope="session")
def neural(models_setting: str) -> TextModel:
    """The same model in this process."""
    return load_text_model(Path(models_setting.split(",")[0].removeprefix(f"{NEURAL}=")), threads=1)


@pytest.fixture(scope="session")
def embedding_server(models_setting: str, serve_models: Callable[..., Any]) -> Iterator[Any]:
    with serve_models(LEADGEN_EMBEDDING_MODELS=models_setting) as server:
        yield server


@pytest.fixture(scope="session")
def texts(embedding_server: Any) -> Iterator[httpx.Client]:
    """A client of this server."""
    with httpx.Client(base_url=embedding_server.url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def openai(embedding_server: Any) -> Iterator[OpenAI]:
    """OpenAI's own client, which asks once."""
    with OpenAI(base_url=f"{embedding_server.url}/v1", api_key="any", max_retries=0) as client:
        yield client
