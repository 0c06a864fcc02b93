import json
from pathlib import Path

import numpy as np
import pytest
from leadgen.text import TextModelSpec, load_text_model

from build_artifacts.models import prepare_text_model
from build_artifacts.models.package_checkpoint import PACKAGE

TEXTS = json.loads((Path(__file__).parents[2] / "fixtures" / "text" / "minilm_texts.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def half_folder(minilm_folder):
    return prepare_text_model(PACKAGE, minilm_folder.parent, "fp16")


def test_halves_embed_like_full_precision(minilm, half_folder):
    half = load_text_model(half_folder, threads=2)
    embeddings = half.encode(TEXTS)
    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1.0, atol=1e-5)
    assert (embeddings * minilm.encode(TEXTS)).sum(axis=1).min() >= 0.999


def test_halves_take_half_the_room(minilm_folder, half_folder):
    full, half = ((folder / "model.onnx.data").stat().st_size for folder in (minilm_folder, half_folder))
    assert half < 0.51 * full


def test_both_precisions_share_a_space_but_not_an_identity(minilm, half_folder):
    half = TextModelSpec.read(half_folder)
    assert half.precision == "fp16"
    assert half.space == minilm.spec.space == minilm.spec.sha256
    assert half.sha256 != minilm.spec.sha256


def test_a_specification_from_before_spaces_is_its_own_space(minilm_folder):
    assert "space_sha256" not in json.loads((minilm_folder / "spec.json").read_text())
    spec = TextModelSpec.read(minilm_folder)
    assert spec.space == spec.sha256
