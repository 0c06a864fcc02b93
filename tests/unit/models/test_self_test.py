"""A model that would give other embeddings than its checkpoint refuses to serve, and says in what it differs."""

import json
import shutil

import numpy as np
import onnx
import pytest
from bert_checkpoints import random_tensors, reference_embedding, write_checkpoint, write_sentence_modules
from leadgen.errors import ModelError
from leadgen.text import load_text_model

from build_artifacts.models import prepare_text_model
from build_artifacts.models.bert_graph import BertGraph

MEAN, CLS = {"pooling_mode": "mean"}, {"pooling_mode": "cls"}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    place = tmp_path_factory.mktemp("golden")
    checkpoint = write_checkpoint(place / "e5-small-v2")
    write_sentence_modules(checkpoint, MEAN)
    mean = prepare_text_model(str(checkpoint), place / "mean")
    write_sentence_modules(checkpoint, CLS)
    return mean, prepare_text_model(str(checkpoint), place / "cls")


@pytest.fixture
def folder(compiled, tmp_path):
    return shutil.copytree(compiled[0], tmp_path / "model")


def edit(folder, **changes):
    spec = json.loads((folder / "spec.json").read_text())
    (folder / "spec.json").write_text(json.dumps({**spec, **changes}))


def refused(folder, message):
    with pytest.raises(ModelError, match=message):
        load_text_model(folder)
    assert load_text_model(folder, self_test=False).encode(["we"]).shape == (1, 32)


def test_a_right_model_passes(folder):
    assert load_text_model(folder).encode(["we"]).shape == (1, 32)


def test_a_pooling_other_than_the_specifications(folder):
    edit(folder, pooling="cls")
    refused(folder, "self-test in the pooling: tokens are pooled by 'mean' where the specification says 'cls'")


def test_a_graph_with_another_pooling(folder, compiled):
    for name in ("model.onnx", "model.onnx.data"):
        shutil.copy(compiled[1] / name, folder / name)
    refused(folder, "self-test in the pooling: tokens are pooled by 'cls' where the specification says 'mean'")


@pytest.mark.parametrize("kind", ["query", "passage"])
@pytest.mark.parametrize("prefix", ["", "we make: ", "a b: "])
def test_another_prefix(folder, kind, prefix):
    edit(folder, **{f"{kind}_prefix": prefix})
    refused(folder, f"self-test in the prefix of a {kind}, or the tokenizer")


def test_another_limit(folder):
    edit(folder, max_tokens=23)
    refused(folder, "self-test in the limit where texts are cut: 23 tokens are read")


def test_a_graph_that_does_not_normalise(folder):
    graph = onnx.load(folder / "model.onnx", load_external_data=False)
    (node,) = (node for node in graph.graph.node if node.op_type == "LpNormalization")
    node.op_type = "Identity"
    del node.attribute[:]
    (folder / "model.onnx").write_bytes(graph.SerializeToString())
    refused(folder, "self-test in the normalisation: an embedding has length")


def test_other_weights(folder):
    content = bytearray((folder / "model.onnx.data").read_bytes())
    weights = np.frombuffer(content, dtype="<f4")
    weights[:2000] *= -1
    (folder / "model.onnx.data").write_bytes(content)
    refused(folder, "self-test in the weights or the pooling")


def test_a_tokenizer_that_keeps_capitals(folder):
    definition = json.loads((folder / "tokenizer.json").read_text())
    definition["normalizer"]["lowercase"] = False
    (folder / "tokenizer.json").write_text(json.dumps(definition))
    refused(folder, "the tokenizer")


def test_a_wrong_compilation_is_never_published(tmp_path, monkeypatch):
    monkeypatch.setattr(BertGraph, "_mean", BertGraph._first)
    checkpoint = write_checkpoint(tmp_path / "tiny")
    with pytest.raises(ModelError, match="self-test in the pooling"):
        prepare_text_model(str(checkpoint), tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_what_is_compared_is_what_the_checkpoint_gives(folder):
    """Against the encoder written for these tests, which shares no line with what wrote the file."""
    texts = json.loads((folder / "golden.json").read_text())["texts"]
    assert [text["kind"] for text in texts] == ["query", "passage", "query"]
    assert texts[-1]["cut"] > 0
    for text in texts:
        for pooling, values in text["embeddings"].items():
            whole = f"{text['kind']}: " + text["text"] * text["repeated"]
            expected = reference_embedding(whole, random_tensors(), pooling, 24)
            np.testing.assert_allclose(values, expected[:16], atol=1e-5)
