"""Small M2-BERT checkpoints with random weights, named and shaped as HazyResearch/m2 saves them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from bert_checkpoints import VOCABULARY, Tensors, tokenizer
from safetensors.numpy import save_file

HIDDEN, LAYERS, INNER, BLOCKS, POSITIONS, FEATURES, ORDER = 32, 2, 64, 4, 40, 5, 8
CONFIG = {
    "model_type": "m2_bert",
    "hidden_size": HIDDEN,
    "num_hidden_layers": LAYERS,
    "intermediate_size": INNER,
    "vocab_size": len(VOCABULARY),
    "max_position_embeddings": POSITIONS,
    "long_conv_l_max": POSITIONS,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
    "bidirectional": True,
    "residual_long_conv": True,
    "use_glu_mlp": True,
    "use_monarch_mlp": True,
    "monarch_mlp_nblocks": BLOCKS,
    "use_positional_encodings": True,
    "hyena_emb_dim": FEATURES,
    "hyena_filter_order": ORDER,
    "hyena_w": 10,
    "hyena_w_mod": 1,
    "hyena_training_additions": False,
    "pool_all": False,
    "pad_token_id": 0,
}


def monarch_tensors() -> Tensors:
    draw = np.random.default_rng(23)
    tensors: Tensors = {}

    def add(name: str, *shape: int, scale: float, around: float = 0.0) -> None:
        values = around + scale * draw.standard_normal(shape)
        tensors[f"bert.{name}"] = values.astype(np.float32)

    def add_dense(name: str, inputs: int, outputs: int) -> None:
        add(f"{name}.weight", outputs, inputs, scale=inputs**-0.5)
        add(f"{name}.bias", outputs, scale=0.1)

    def add_norm(name: str) -> None:
        add(f"{name}.weight", HIDDEN, scale=0.1, around=1.0)
        add(f"{name}.bias", HIDDEN, scale=0.1)

    def add_filter(name: str) -> None:
        add(f"{name}.bias", HIDDEN, scale=1.0)
        add(f"{name}.pos_emb.z", 1, POSITIONS, FEATURES, scale=0.5)
        tensors[f"bert.{name}.pos_emb.t"] = np.linspace(0, 1, POSITIONS, dtype=np.float32)[None, :, None]
        tensors[f"bert.{name}.modulation.deltas"] = np.linspace(-3, -15, HIDDEN, dtype=np.float32)[None, None]
        frequencies = (10 + draw.standard_normal((1, ORDER))).astype(np.float32)
        for network in ("implicit_filter", "implicit_filter_rev"):
            for place, inputs in ((0, FEATURES), (2, ORDER), (4, ORDER)):
                add(f"{name}.{network}.{place}.weight", ORDER, inputs, scale=0.3 * inputs**-0.5)
                add(f"{name}.{network}.{place}.bias", ORDER, scale=0.1)
                tensors[f"bert.{name}.{network}.{place + 1}.freq"] = frequencies
            add(f"{name}.{network}.6.weight", HIDDEN, ORDER, scale=ORDER**-0.5)

    for table, rows in (("word", len(VOCABULARY)), ("position", POSITIONS), ("token_type", 2)):
        add(f"embeddings.{table}_embeddings.weight", rows, HIDDEN, scale=0.5)
    add_norm("embeddings.LayerNorm")
    for layer in (f"encoder.layer.{i}" for i in range(LAYERS)):
        add_filter(f"{layer}.attention.filter_fn")
        add_filter(f"{layer}.attention.filter_fn2")
        add_dense(f"{layer}.attention.in_linear", HIDDEN, 3 * HIDDEN)
        add_dense(f"{layer}.attention.out_linear", HIDDEN, HIDDEN)
        add(f"{layer}.attention.short_filter.weight", 3 * HIDDEN, 1, 3, scale=0.5)
        add(f"{layer}.attention.short_filter.bias", 3 * HIDDEN, scale=0.1)
        add(f"{layer}.mlp.gated_layers.weight", BLOCKS, 2 * INNER // BLOCKS, HIDDEN // BLOCKS, scale=0.3)
        add(f"{layer}.mlp.wo.weight", BLOCKS, HIDDEN // BLOCKS, INNER // BLOCKS, scale=0.3)
        add(f"{layer}.mlp.wo.bias", HIDDEN, scale=0.1)
        add_norm(f"{layer}.mlp.layernorm")
    add_dense("pooler.dense", HIDDEN, HIDDEN)
    return tensors


def write_monarch_checkpoint(
    folder: Path, tensors: Tensors | None = None, *, max_tokens: int = POSITIONS, **config: Any
) -> Path:
    """A checkpoint as the hub has it; keyword arguments replace entries of `config.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(monarch_tensors() if tensors is None else tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({**CONFIG, **config}))
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": max_tokens}))
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder
