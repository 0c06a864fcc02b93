import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from bert_checkpoints import (
    POSITIONS,
    random_tensors,
    reference_embedding,
    write_checkpoint,
    write_sentence_modules,
)
from leadgen.errors import ModelError
from leadgen.text import TextModelSpec, load_text_model

from build_artifacts.models import prepare_text_model

TEXTS = ["we make wind turbine blades", "", "lease trucks", "in spain " * 30, "abc zzz 日本", "and"]
MEAN = {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}
CLS = {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}


def cosines_to_reference(checkpoint, cache, tensors, pooling, prefix="", kind="query"):
    model = load_text_model(prepare_text_model(str(checkpoint), cache))
    embeddings = model.encode(TEXTS, kind)
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1.0, atol=1e-5)
    limit = model.spec.max_tokens
    expected = np.stack([reference_embedding(prefix + text, tensors, pooling, limit) for text in TEXTS])
    return (embeddings * expected).sum(axis=1)


@pytest.mark.parametrize(("config", "pooling"), [(MEAN, "mean"), (CLS, "cls"), ({"pooling_mode": "cls"}, "cls")])
def test_a_compiled_checkpoint_pools_as_its_configuration_says(tmp_path, config, pooling):
    tensors = random_tensors()
    checkpoint = write_checkpoint(tmp_path / "bge", tensors)
    write_sentence_modules(checkpoint, config)
    assert cosines_to_reference(checkpoint, tmp_path / "cache", tensors, pooling).min() > 0.999999


def test_mean_and_cls_pooling_differ(tmp_path):
    tensors = random_tensors()
    mean = reference_embedding(TEXTS[0], tensors, "mean", POSITIONS)
    assert mean @ reference_embedding(TEXTS[0], tensors, "cls", POSITIONS) < 0.99


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float64])
def test_weights_of_other_precisions_are_computed_in_fp32(tmp_path, dtype):
    tensors = random_tensors(dtype)
    checkpoint = write_checkpoint(tmp_path / "half", tensors)
    write_sentence_modules(checkpoint, MEAN)
    assert cosines_to_reference(checkpoint, tmp_path / "cache", tensors, "mean").min() > 0.999999


def test_tensor_names_of_older_checkpoints_and_of_models_with_a_head_are_understood(tmp_path):
    tensors = random_tensors()
    renamed = {
        "bert." + name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): t
        for name, t in tensors.items()
    }
    checkpoint = write_checkpoint(tmp_path / "old", renamed)
    write_sentence_modules(checkpoint, MEAN)
    assert cosines_to_reference(checkpoint, tmp_path / "cache", tensors, "mean").min() > 0.999999


def test_e5_embeds_queries_and_passages_with_their_prefixes(tmp_path):
    tensors = random_tensors()
    checkpoint = write_checkpoint(tmp_path / "e5-small-v2", tensors)
    write_sentence_modules(checkpoint, MEAN, max_seq_length=20)
    cache = tmp_path / "cache"
    query = cosines_to_reference(checkpoint, cache, tensors, "mean", prefix="query: ", kind="query")
    passage = cosines_to_reference(checkpoint, cache, tensors, "mean", prefix="passage: ", kind="passage")
    assert min(query.min(), passage.min()) > 0.999999
    spec = TextModelSpec.read(prepare_text_model(str(checkpoint), cache))
    assert (spec.query_prefix, spec.passage_prefix, spec.max_tokens) == ("query: ", "passage: ", 20)


def test_the_tokenizers_own_truncation_and_padding_do_not_leak_in(tmp_path):
    checkpoint = write_checkpoint(tmp_path / "tiny")
    write_sentence_modules(checkpoint, MEAN)
    model = load_text_model(prepare_text_model(str(checkpoint), tmp_path / "cache"))
    assert model.encode_counted(["we " * 10, "and"]).tokens.tolist() == [12, 3]
    assert model.encode_counted(["we " * 22, "we " * 23]).truncated.tolist() == [False, True]


def test_the_same_content_is_compiled_once_and_other_content_again(tmp_path):
    checkpoint = write_checkpoint(tmp_path / "tiny")
    write_sentence_modules(checkpoint, MEAN)
    first = prepare_text_model(str(checkpoint), tmp_path / "cache")
    written = (first / "model.onnx").stat().st_mtime_ns
    again = prepare_text_model(str(checkpoint), tmp_path / "cache")
    assert again == first
    assert (again / "model.onnx").stat().st_mtime_ns == written
    write_sentence_modules(checkpoint, CLS)
    other = prepare_text_model(str(checkpoint), tmp_path / "cache")
    assert TextModelSpec.read(other).sha256 != TextModelSpec.read(first).sha256


def test_compilation_is_reproducible_and_leaves_nothing_else_behind(tmp_path):
    checkpoint = write_checkpoint(tmp_path / "tiny")
    one, two = (prepare_text_model(str(checkpoint), tmp_path / name) for name in ("one", "two"))
    files = ["golden.json", "model.onnx", "model.onnx.data", "spec.json", "tokenizer.json"]
    assert sorted(path.name for path in one.iterdir()) == files
    assert [(one / name).read_bytes() == (two / name).read_bytes() for name in files] == [True] * 5
    assert list((tmp_path / "one").iterdir()) == [one]


def test_builds_at_the_same_time_agree_on_one_compiled_model(tmp_path):
    checkpoint, cache = write_checkpoint(tmp_path / "tiny"), tmp_path / "cache"
    with ThreadPoolExecutor(4) as pool:
        folders = set(pool.map(lambda _: prepare_text_model(str(checkpoint), cache), range(8)))
    assert list(cache.iterdir()) == list(folders)
    assert load_text_model(folders.pop()).encode(["we"]).shape == (1, 32)


def test_a_failed_compilation_leaves_no_folder(tmp_path):
    tensors = random_tensors()
    del tensors["encoder.layer.1.output.dense.bias"]
    checkpoint = write_checkpoint(tmp_path / "tiny", tensors)
    with pytest.raises(ModelError, match=r"encoder\.layer\.1\.output\.dense\.bias"):
        prepare_text_model(str(checkpoint), tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_lower_casing_asked_for_by_sentence_transformers_is_part_of_the_tokenizer(tmp_path):
    checkpoint = write_checkpoint(tmp_path / "cased")
    definition = json.loads((checkpoint / "tokenizer.json").read_text())
    definition["normalizer"]["lowercase"] = False
    (checkpoint / "tokenizer.json").write_text(json.dumps(definition))
    (checkpoint / "sentence_bert_config.json").write_text(json.dumps({"do_lower_case": True}))
    model = load_text_model(prepare_text_model(str(checkpoint), Path(tmp_path / "cache")))
    upper, lower = model.encode(["WE MAKE BLADES", "we make blades"])
    assert upper @ lower > 0.999999
