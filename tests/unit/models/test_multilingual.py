"""XLM-R's rules: positions, segments, SentencePiece tokenizers, against what transformers itself gives."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from bert_checkpoints import write_sentence_modules
from leadgen.errors import ModelError
from leadgen.text import load_text_model
from leadgen.text.windows import cut_into_windows
from safetensors.numpy import load_file, save_file

from build_artifacts.models import prepare_text_model

GOLDEN = Path(__file__).parents[2] / "fixtures" / "text" / "multilingual"
TEXTS = json.loads((GOLDEN / "texts.json").read_text(encoding="utf-8"))
PREFIXES = {"query: ": "query", "passage: ": "passage"}


@pytest.fixture(params=["xlm-roberta", "bert"])
def checkpoint(request, tmp_path):
    """Named like multilingual E5, so that the prefixes are the model's to add."""
    folder = shutil.copytree(GOLDEN / request.param, tmp_path / "multilingual-e5-small")
    write_sentence_modules(folder, {"pooling_mode": "mean"}, max_seq_length=40)
    return folder


def embedded(model):
    """Each text without its prefix, which the model puts before it."""
    split = [next((t.removeprefix(p), kind) for p, kind in PREFIXES.items() if t.startswith(p)) for t in TEXTS]
    return np.concatenate([model.encode([text], kind) for text, kind in split])


def test_embeddings_equal_those_of_transformers(checkpoint, tmp_path):
    model = load_text_model(prepare_text_model(str(checkpoint), tmp_path / "cache"))
    golden = np.load(checkpoint / "embeddings.npy", allow_pickle=False)
    cosines = (embedded(model) * golden).sum(axis=1)
    assert cosines.min() > 0.99999, TEXTS[int(cosines.argmin())]


def test_positions_after_the_padding_tokens_are_what_the_limit_counts(checkpoint, tmp_path):
    (checkpoint / "sentence_bert_config.json").unlink()
    spec = load_text_model(prepare_text_model(str(checkpoint), tmp_path / "cache")).spec
    assert spec.max_tokens == 40


def test_checkpoints_of_models_with_a_head_are_understood(checkpoint, tmp_path):
    before = embedded(load_text_model(prepare_text_model(str(checkpoint), tmp_path / "cache")))
    head = {"xlm-roberta": "roberta.", "bert": "bert."}[
        json.loads((checkpoint / "config.json").read_text())["model_type"]
    ]
    tensors = load_file(checkpoint / "model.safetensors")
    save_file({head + name: tensor for name, tensor in tensors.items()}, checkpoint / "model.safetensors")
    after = embedded(load_text_model(prepare_text_model(str(checkpoint), tmp_path / "cache")))
    np.testing.assert_allclose(after, before, atol=1e-6)


def test_the_prefix_survives_a_cut_at_the_start_and_in_windows(checkpoint, tmp_path):
    model = load_text_model(prepare_text_model(str(checkpoint), tmp_path / "cache"))
    text = "wind turbine blades for farms " * 30
    whole = model.tokenise([text], "passage", None).ids[0]
    before, after = model.frame("passage")
    assert [
        model.tokenise(["wind"], kind).ids[0][: len(model.frame(kind)[0])].tolist() for kind in PREFIXES.values()
    ] == [model.frame(kind)[0].tolist() for kind in PREFIXES.values()]
    room = 40 - len(before) - len(after)
    (start,) = model.tokenise([text], "passage", "start").ids
    assert start.tolist() == [*before, *whole[-len(after) - room :]]
    windows = cut_into_windows(model, [text], "passage")
    assert np.concatenate([ids[len(before) : -1] for ids in windows.ids]).tolist() == whole[len(before) : -1].tolist()


@pytest.mark.parametrize("padding", [None, -1, 41, "one"])
def test_a_padding_token_that_leaves_no_position_is_refused(checkpoint, tmp_path, padding):
    config = json.loads((checkpoint / "config.json").read_text())
    (checkpoint / "config.json").write_text(json.dumps(config | {"model_type": "xlm-roberta", "pad_token_id": padding}))
    with pytest.raises(ModelError, match=r"config\.json: pad_token_id"):
        prepare_text_model(str(checkpoint), tmp_path / "cache")


def test_a_vocabulary_larger_than_the_embeddings_is_refused(checkpoint, tmp_path):
    definition = json.loads((checkpoint / "tokenizer.json").read_text())
    definition["model"]["vocab"] += [[f"piece{i}", -9.0] for i in range(300)]
    (checkpoint / "tokenizer.json").write_text(json.dumps(definition))
    with pytest.raises(ModelError, match=r"tokenizer\.json has token id \d+ but the checkpoint only 300"):
        prepare_text_model(str(checkpoint), tmp_path / "cache")
