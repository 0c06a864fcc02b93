"""Small checkpoints of both families and poolings, compiled for AVX-512 and for onnxruntime."""

import bert_checkpoints
import numpy as np
import pytest
from bert_checkpoints import CONFIG, random_tensors, write_checkpoint, write_sentence_modules
from leadgen.errors import ModelError
from leadgen.text import load_text_model
from leadgen.text.avx512 import library

from build_artifacts.models import prepare_text_model
from build_artifacts.models.avx512 import quantised

SIZES = {"hidden_size": 64, "intermediate_size": 128, "num_attention_heads": 2}


@pytest.fixture(autouse=True)
def _engine():
    if library.unfit_processor():
        pytest.skip(f"the AVX-512 engine cannot run here: {library.unfit_processor()}")


@pytest.fixture(params=["bert", "xlm-roberta"])
def checkpoint(request, tmp_path, monkeypatch):
    monkeypatch.setattr(bert_checkpoints, "HIDDEN", 64)
    monkeypatch.setattr(bert_checkpoints, "INNER", 128)
    return write_checkpoint(tmp_path / "tiny", random_tensors(), **SIZES, model_type=request.param, pad_token_id=0)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_both_families_and_poolings_embed_what_onnxruntime_does(checkpoint, tmp_path, pooling):
    write_sentence_modules(checkpoint, {"pooling_mode": pooling})
    engines = ("onnxruntime", "avx512")
    models = [load_text_model(prepare_text_model(str(checkpoint), tmp_path / "c", engine=each)) for each in engines]
    # 0 is the padding token, whose position XLM-R gives it wherever it stands.
    draw = np.random.default_rng(5)
    ids = [draw.integers(0, CONFIG["vocab_size"], length, dtype=np.int32) for length in range(1, 23)]
    exact, found = (model.encode_tokens(ids) for model in models)
    np.testing.assert_allclose(found, exact, atol=5e-6)


def test_int8_follows_the_checkpoint(checkpoint, tmp_path):
    exact, small = (
        load_text_model(prepare_text_model(str(checkpoint), tmp_path / "c", each)) for each in ("fp32", "int8")
    )
    texts = ["we make wind turbine blades in spain", "we lease trucks", "x y z"]
    assert (exact.encode(texts) * small.encode(texts)).sum(axis=1).min() > 0.995


def test_an_encoder_of_other_widths_is_sent_to_onnxruntime(tmp_path):
    folder = write_checkpoint(tmp_path / "narrow")
    with pytest.raises(ModelError, match="choose fp32 on the engine onnxruntime"):
        prepare_text_model(str(folder), tmp_path / "cache", "int8")


def test_quantised_weights_are_within_half_a_step():
    weight = np.random.default_rng(2).standard_normal((128, 64)).astype(np.float32)
    weight[:64, 3] = 0
    packed = quantised(weight, 64)
    whole = packed["weight"].transpose(1, 3, 0, 2).reshape(128, 64)
    scale = packed["scale"].repeat(64, axis=0)
    assert np.abs(whole * scale - weight).max() <= scale.max() / 2 * 1.001
    np.testing.assert_allclose(packed["sum"], (whole * scale).reshape(2, 64, 64).sum(axis=1), atol=1e-4)
