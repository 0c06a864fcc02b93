"""Small BERT checkpoints with random weights, and BERT's forward pass in plain numpy to compare with."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from scipy.special import erf
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

HIDDEN, LAYERS, HEADS, INNER, POSITIONS = 32, 2, 4, 64, 24
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
WORDS = ["query", "passage", ":", "we", "make", "wind", "turbine", "blades", "in", "spain", "lease", "trucks", "and"]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
VOCABULARY = [*SPECIAL, *WORDS, *LETTERS, *("##" + letter for letter in LETTERS)]
CONFIG = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "hidden_size": HIDDEN,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "intermediate_size": INNER,
    "vocab_size": len(VOCABULARY),
    "max_position_embeddings": POSITIONS,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
}

Tensors = dict[str, NDArray[Any]]


def random_tensors(dtype: Any = np.float32) -> Tensors:
    draw = np.random.default_rng(11)
    tensors: Tensors = {}

    def add(name: str, *shape: int, around: float = 0.0) -> None:
        tensors[name] = (around + 0.3 * draw.standard_normal(shape)).astype(dtype)

    def add_dense(name: str, inputs: int, outputs: int) -> None:
        add(f"{name}.weight", outputs, inputs)
        add(f"{name}.bias", outputs)

    def add_norm(name: str) -> None:
        add(f"{name}.weight", HIDDEN, around=1.0)
        add(f"{name}.bias", HIDDEN)

    for table, rows in (("word", len(VOCABULARY)), ("position", POSITIONS), ("token_type", 2)):
        add(f"embeddings.{table}_embeddings.weight", rows, HIDDEN)
    add_norm("embeddings.LayerNorm")
    for layer in (f"encoder.layer.{i}" for i in range(LAYERS)):
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            add_dense(f"{layer}.attention.{part}", HIDDEN, HIDDEN)
        add_norm(f"{layer}.attention.output.LayerNorm")
        add_dense(f"{layer}.intermediate.dense", HIDDEN, INNER)
        add_dense(f"{layer}.output.dense", INNER, HIDDEN)
        add_norm(f"{layer}.output.LayerNorm")
    return tensors


def write_checkpoint(folder: Path, tensors: Tensors | None = None, **config: Any) -> Path:
    """A plain transformers checkpoint; keyword arguments replace entries of `config.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(random_tensors() if tensors is None else tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({**CONFIG, **config}))
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def write_sentence_modules(folder: Path, pooling: dict[str, Any], max_seq_length: int | None = None) -> None:
    """Add what sentence-transformers adds to a checkpoint."""
    kinds = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
    modules = [{"path": path, "type": f"sentence_transformers.models.{kind}"} for path, kind in kinds.items()]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    if max_seq_length is not None:
        content = {"max_seq_length": max_seq_length, "do_lower_case": False}
        (folder / "sentence_bert_config.json").write_text(json.dumps(content))


def tokenizer() -> Tokenizer:
    """A WordPiece tokenizer that, like MiniLM's, asks for a truncation and padding nobody wants."""
    made = Tokenizer(models.WordPiece({word: i for i, word in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    made.enable_truncation(8)
    made.enable_padding(length=8)
    return made


def reference_embedding(text: str, tensors: Tensors, pooling: str, max_tokens: int) -> NDArray[np.float64]:
    """One text through the encoder in float64, without batches, masks or padding."""
    plain = tokenizer()
    plain.no_padding()
    plain.enable_truncation(max_tokens)
    t = {name: tensor.astype(np.float64) for name, tensor in tensors.items()}
    ids = plain.encode(text).ids
    states = t["embeddings.word_embeddings.weight"][ids]
    states = states + t["embeddings.position_embeddings.weight"][: len(ids)]
    states = _norm(t, "embeddings.LayerNorm", states + t["embeddings.token_type_embeddings.weight"][0])
    for layer in (f"encoder.layer.{i}" for i in range(LAYERS)):
        attended = _dense(t, f"{layer}.attention.output.dense", _attention(t, layer, states))
        states = _norm(t, f"{layer}.attention.output.LayerNorm", attended + states)
        inner = _dense(t, f"{layer}.intermediate.dense", states)
        inner = inner * 0.5 * (1.0 + erf(inner / np.sqrt(2.0)))
        states = _norm(t, f"{layer}.output.LayerNorm", _dense(t, f"{layer}.output.dense", inner) + states)
    pooled = states.mean(axis=0) if pooling == "mean" else states[0]
    return pooled / np.linalg.norm(pooled)


def _attention(t: Tensors, layer: str, states: NDArray[np.float64]) -> NDArray[np.float64]:
    query, key, value = (
        _dense(t, f"{layer}.attention.self.{part}", states).reshape(len(states), HEADS, -1).transpose(1, 0, 2)
        for part in ("query", "key", "value")
    )
    scores = query @ key.transpose(0, 2, 1) / np.sqrt(HIDDEN // HEADS)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    context = weights / weights.sum(axis=-1, keepdims=True) @ value
    return context.transpose(1, 0, 2).reshape(len(states), HIDDEN)


def _dense(t: Tensors, name: str, states: NDArray[np.float64]) -> NDArray[np.float64]:
    return states @ t[f"{name}.weight"].T + t[f"{name}.bias"]


def _norm(t: Tensors, name: str, states: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = states - states.mean(axis=-1, keepdims=True)
    deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
    return centred / deviation * t[f"{name}.weight"] + t[f"{name}.bias"]
