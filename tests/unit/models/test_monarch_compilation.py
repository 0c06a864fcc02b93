import json
from pathlib import Path

import numpy as np
import pytest
from leadgen.errors import ModelError
from leadgen.text import NeuralTextModel, TextModelSpec, load_text_model
from monarch_checkpoints import POSITIONS, monarch_tensors, write_monarch_checkpoint
from safetensors.numpy import save_file

from build_artifacts.models import prepare_text_model
from build_artifacts.models.monarch_architecture import MonarchArchitecture
from build_artifacts.models.monarch_reference import MonarchReference
from build_artifacts.models.tensors import BertTensors

# The authors' code on the checkpoint of `monarch_checkpoints`, by benchmarks/monarch_reference.py with torch 2.13:
# token ids, padded to so many positions, and what the pooler makes of them.
REFERENCES = json.loads((Path(__file__).parents[2] / "fixtures" / "text" / "monarch_reference.json").read_text())
TEXTS = ["we make wind turbine blades", "", "lease trucks", "in spain " * 30, "abc zzz 日本", "and"]


def compiled(tmp_path, **config):
    checkpoint = write_monarch_checkpoint(tmp_path / "m2-bert", **config)
    return prepare_text_model(str(checkpoint), tmp_path / "cache")


def cosine(one, other):
    return float(np.dot(one, other) / np.linalg.norm(one) / np.linalg.norm(other))


@pytest.mark.parametrize("pool_all", [False, True])
@pytest.mark.parametrize("positions", sorted({question["positions"] for question in REFERENCES}))
def test_embeddings_are_those_of_the_authors_implementation(tmp_path, positions, pool_all):
    model = load_text_model(compiled(tmp_path, max_tokens=positions, pool_all=pool_all))
    questions = [q for q in REFERENCES if (q["positions"], q["pool_all"]) == (positions, pool_all)]
    embeddings = model.encode_tokens([np.array(q["ids"], dtype=np.int32) for q in questions])
    assert questions
    assert min(cosine(e, q["pooled"]) for e, q in zip(embeddings, questions, strict=True)) > 0.999999
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-6)


def test_padding_takes_part_in_the_convolutions(tmp_path):
    tensors = write_monarch_checkpoint(tmp_path / "m2-bert")
    text = np.array([5, 6, 7], dtype=np.int32)
    with BertTensors(tensors / "model.safetensors") as opened:
        reference = MonarchReference(opened, MonarchArchitecture.read(tensors))
        padded, alone = (reference.embedding(text, positions) for positions in (POSITIONS, len(text)))
    embedding = load_text_model(compiled(tmp_path)).encode_tokens([text])[0]
    assert cosine(embedding, padded) > 0.999999
    assert cosine(padded, alone) < 0.9


def test_the_first_state_itself_is_the_embedding_where_the_configuration_says_so(tmp_path):
    model = load_text_model(compiled(tmp_path, use_cls_token=True, pool_all=True))
    text = np.array([5, 6, 7], dtype=np.int32)
    with BertTensors(tmp_path / "m2-bert" / "model.safetensors") as opened:
        reference = MonarchReference(opened, MonarchArchitecture.read(tmp_path / "m2-bert"))
        first = reference.states(text, POSITIONS)[0]
    assert cosine(model.encode_tokens([text])[0], first) > 0.999999


def test_an_embedding_does_not_depend_on_what_else_is_embedded(tmp_path, monkeypatch):
    model = load_text_model(compiled(tmp_path, pool_all=True))
    together = model.encode(TEXTS)
    monkeypatch.setattr("leadgen.text.monarch._TOKEN_BUDGET", 2 * POSITIONS)
    assert np.array_equal(model.encode(TEXTS), together)
    assert np.array_equal(np.stack([model.encode([text])[0] for text in TEXTS]), together)


def test_positions_are_computed_in_pieces_without_a_seam(tmp_path, monkeypatch):
    model = load_text_model(compiled(tmp_path, pool_all=True))
    whole = model.encode(TEXTS)
    monkeypatch.setattr("leadgen.text.monarch_layer._POSITIONS", 7)
    monkeypatch.setattr("leadgen.text.monarch_layer._CHANNELS", 5)
    np.testing.assert_allclose(model.encode(TEXTS), whole, atol=1e-6)


def test_it_is_a_neural_text_model_that_says_what_it_is(tmp_path):
    model = load_text_model(compiled(tmp_path, max_tokens=24))
    spec = model.spec
    assert isinstance(model, NeuralTextModel)
    assert (spec.kind, spec.dimension, spec.max_tokens, spec.pooling, spec.precision) == ("m2", 32, 24, "cls", "fp32")
    counted = model.encode_counted(["we " * 22, "we " * 23])
    assert (counted.tokens.tolist(), counted.cut.tolist()) == ([24, 24], [0, 1])
    assert model.encode([]).shape == (0, 32)


def test_a_compiled_folder_holds_what_its_specification_lists(tmp_path):
    folder = compiled(tmp_path)
    assert {path.name for path in folder.iterdir()} == {"spec.json", *TextModelSpec.read(folder).files}
    assert prepare_text_model(str(tmp_path / "m2-bert"), tmp_path / "cache") == folder


def test_names_that_safetensors_drops_because_they_share_a_tensor_are_not_missed(tmp_path):
    tensors = monarch_tensors()
    shared = [name for name in tensors if name.endswith(".freq") and "implicit_filter.1." not in name]
    dropped = {name: tensor for name, tensor in tensors.items() if name not in shared}
    one, other = (compiled(tmp_path / name, tensors=t) for name, t in (("all", tensors), ("dropped", dropped)))
    assert len(shared) == 20
    assert (one / "model.safetensors").read_bytes() == (other / "model.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bidirectional", False),
        ("residual_long_conv", False),
        ("use_monarch_mlp", False),
        ("use_positional_encodings", False),
        ("hyena_training_additions", True),
        ("monarch_mlp_nblocks", 5),
        ("hyena_filter_order", None),
        ("layer_norm_eps", 0),
    ],
)
def test_another_variant_of_the_encoder_is_refused_by_name(tmp_path, name, value):
    with pytest.raises(ModelError, match=rf"config\.json: .*{name}"):
        compiled(tmp_path, **{name: value})


def test_a_missing_tensor_is_named(tmp_path):
    tensors = monarch_tensors()
    del tensors["bert.encoder.layer.1.attention.filter_fn2.pos_emb.z"]
    with pytest.raises(ModelError, match=r"layer\.1\.attention\.filter_fn2\.pos_emb\.z is missing"):
        compiled(tmp_path, tensors=tensors)


def test_other_precisions_and_the_gpu_are_refused(tmp_path):
    folder = compiled(tmp_path)
    with pytest.raises(ModelError, match="fp32 only"):
        prepare_text_model(str(tmp_path / "m2-bert"), tmp_path / "cache", "fp16")
    with pytest.raises(ModelError, match="on the CPU only"):
        load_text_model(folder, device="cuda")


def test_a_model_that_pools_otherwise_than_its_specification_says_is_refused_when_loaded(tmp_path):
    folder = compiled(tmp_path)
    TextModelSpec.read(folder).model_copy(update={"pooling": "mean"}).write(folder)
    with pytest.raises(ModelError, match="the weights or the pooling"):
        load_text_model(folder)


def test_a_model_with_other_weights_than_its_checkpoints_is_refused_when_loaded(tmp_path):
    folder = compiled(tmp_path)
    from safetensors.numpy import load_file

    weights = load_file(folder / "model.safetensors")
    weights["layer.1.filter.0.bias"] = weights["layer.1.filter.0.bias"][::-1].copy()
    save_file(weights, folder / "model.safetensors")
    with pytest.raises(ModelError, match="the weights or the pooling"):
        load_text_model(folder)


@pytest.mark.parametrize("name", ["filter.onnx", "projection.onnx", "state.onnx", "model.safetensors"])
def test_a_missing_or_damaged_file_is_named(tmp_path, name):
    folder = compiled(tmp_path)
    (folder / name).write_bytes(b"{not what it should be")
    with pytest.raises(ModelError, match=name):
        load_text_model(folder)
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name):
        load_text_model(folder)
