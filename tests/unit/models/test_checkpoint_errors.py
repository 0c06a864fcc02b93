import json

import numpy as np
import pytest
from bert_checkpoints import CONFIG, random_tensors, write_checkpoint, write_sentence_modules
from leadgen.errors import ModelError

from build_artifacts.models import prepare_text_model

QUERY = "encoder.layer.0.attention.self.query.weight"


def fails(checkpoint, tmp_path, message):
    with pytest.raises(ModelError, match=message):
        prepare_text_model(str(checkpoint), tmp_path / "cache")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_missing_file_is_named(tmp_path, name):
    checkpoint = write_checkpoint(tmp_path / "tiny")
    (checkpoint / name).unlink()
    fails(checkpoint, tmp_path, name)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json", "modules.json"])
def test_a_damaged_file_is_named(tmp_path, name):
    checkpoint = write_checkpoint(tmp_path / "tiny")
    (checkpoint / name).write_bytes(b"{not what it should be")
    fails(checkpoint, tmp_path, name)


def test_a_missing_tensor_is_named_with_its_file(tmp_path):
    tensors = random_tensors()
    del tensors[QUERY]
    fails(write_checkpoint(tmp_path / "tiny", tensors), tmp_path, rf"model\.safetensors: tensor {QUERY} is missing")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_tensor_with_values_that_are_not_finite_is_named(tmp_path, value):
    tensors = random_tensors()
    tensors[QUERY][3, 4] = value
    fails(write_checkpoint(tmp_path / "tiny", tensors), tmp_path, rf"tensor {QUERY} holds NaN or infinite")


def test_a_tensor_of_another_shape_is_named(tmp_path):
    tensors = random_tensors() | {QUERY: np.zeros((32, 31), np.float32)}
    fails(write_checkpoint(tmp_path / "tiny", tensors), tmp_path, rf"tensor {QUERY} has shape \(32, 31\)")


def test_a_tensor_of_integers_is_named(tmp_path):
    tensors = random_tensors() | {QUERY: np.zeros((32, 32), np.int8)}
    fails(write_checkpoint(tmp_path / "tiny", tensors), tmp_path, rf"tensor {QUERY} is int8")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model_type", "distilbert"),
        ("model_type", None),
        ("hidden_act", "gelu_new"),
        ("position_embedding_type", "relative_key"),
        ("hidden_size", 0),
        ("hidden_size", 30),
        ("num_hidden_layers", "two"),
        ("layer_norm_eps", None),
    ],
)
def test_another_architecture_is_refused_by_the_field_that_differs(tmp_path, field, value):
    fails(write_checkpoint(tmp_path / "tiny", **{field: value}), tmp_path, rf"config\.json.*{field}")


@pytest.mark.parametrize(
    "pooling",
    [
        {"pooling_mode_max_tokens": True},
        {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True},
        {"pooling_mode": "lasttoken"},
        {"pooling_mode": "mean", "include_prompt": False},
        {},
    ],
)
def test_a_pooling_that_cannot_be_compiled_is_refused(tmp_path, pooling):
    checkpoint = write_checkpoint(tmp_path / "tiny")
    write_sentence_modules(checkpoint, pooling)
    fails(checkpoint, tmp_path, r"1_Pooling/config\.json: pooling")


def test_a_module_after_pooling_is_refused(tmp_path):
    checkpoint = write_checkpoint(tmp_path / "tiny")
    modules = [{"path": "", "type": "a.Transformer"}, {"path": "2_Dense", "type": "a.models.Dense"}]
    (checkpoint / "modules.json").write_text(json.dumps(modules))
    fails(checkpoint, tmp_path, r"modules\.json.*2_Dense")


def test_a_module_outside_the_checkpoint_is_refused(tmp_path):
    checkpoint = write_checkpoint(tmp_path / "tiny")
    (checkpoint / "modules.json").write_text(json.dumps([{"path": "../../secrets", "type": "a.Normalize"}]))
    fails(checkpoint, tmp_path, "leaves the checkpoint")


def test_a_length_limit_beyond_the_position_table_is_refused(tmp_path):
    checkpoint = write_checkpoint(tmp_path / "tiny")
    (checkpoint / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 512}))
    fails(checkpoint, tmp_path, "512 tokens does not fit 24 positions")


def test_a_tokenizer_of_another_vocabulary_is_refused(tmp_path):
    smaller = CONFIG["vocab_size"] - 1
    tensors = random_tensors()
    words = "embeddings.word_embeddings.weight"
    tensors[words] = tensors[words][:smaller].copy()
    checkpoint = write_checkpoint(tmp_path / "tiny", tensors, vocab_size=smaller)
    fails(checkpoint, tmp_path, rf"tokenizer\.json has token id {smaller} .* only {smaller} word embeddings")
