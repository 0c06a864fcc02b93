"""What one text costs M2-BERT by the length it is padded to, and whether its embedding is the authors' own.

    python -m benchmarks.monarch
    python -m benchmarks.monarch --reference-python venv/bin/python --reference-code m2/bert

The checkpoint has the published configuration (togethercomputer/m2-bert-80M-32k-retrieval) and random weights, in the
published naming. Each length is measured in a process of its own: processor and wall seconds of one text of that many
tokens, and the most memory the process ever held. `n log n` is what the time would be if it grew like that from the
shortest. With an interpreter for `benchmarks/monarch_reference.py` the embeddings of a text of 16 tokens and of one
that fills all positions are compared; at 32,768 positions the authors' code takes minutes for each.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from leadgen.text import NeuralTextModel, load_text_model
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from build_artifacts.models import prepare_text_model

_WIDTH, _LAYERS, _INNER, _BLOCKS, _ORDER, _FEATURES, _VOCABULARY = 768, 12, 3072, 4, 128, 5, 30_528
_POSITIONS = 32_768
_SHORT = 16


def configuration() -> dict[str, Any]:
    """`config.json` as it is published, without what only training reads."""
    sizes = {"hidden_size": _WIDTH, "num_hidden_layers": _LAYERS, "intermediate_size": _INNER}
    tables = {"vocab_size": _VOCABULARY, "max_position_embeddings": _POSITIONS, "type_vocab_size": 2}
    filters = {"long_conv_l_max": _POSITIONS, "hyena_emb_dim": _FEATURES, "hyena_filter_order": _ORDER}
    filters |= {"hyena_w": 10, "hyena_w_mod": 1, "monarch_mlp_nblocks": _BLOCKS}
    on = ("bidirectional", "residual_long_conv", "use_glu_mlp", "use_monarch_mlp", "use_positional_encodings")
    rest = {"model_type": "m2_bert", "layer_norm_eps": 1e-12, "pool_all": False, "hidden_act": "gelu"}
    return sizes | tables | filters | dict.fromkeys(on, True) | {"hyena_training_additions": False} | rest


def random_tensors() -> dict[str, NDArray[np.float32]]:
    """About 105 million random numbers in place of the published weights, of the size that layers start with."""
    draw = np.random.default_rng(41)
    tensors: dict[str, NDArray[np.float32]] = {}

    def add(name: str, *shape: int, scale: float, around: float = 0.0) -> None:
        tensors[f"bert.{name}"] = draw.standard_normal(shape, dtype=np.float32) * np.float32(scale) + np.float32(around)

    def add_filter(name: str) -> None:
        add(f"{name}.bias", _WIDTH, scale=1.0)
        turns = np.linspace(1e-4, (_FEATURES - 1) // 2 - 1, (_FEATURES - 1) // 2) * np.arange(_POSITIONS)[:, None]
        angles, times = -2 * math.pi * turns / _POSITIONS, np.linspace(0, 1, _POSITIONS)[:, None]
        features = np.concatenate([times, np.cos(angles), np.sin(angles)], axis=1)
        tensors[f"bert.{name}.pos_emb.z"] = features[None].astype(np.float32)
        tensors[f"bert.{name}.pos_emb.t"] = times[None].astype(np.float32)
        decays = np.linspace(math.log(1e-2) / 1.5, math.log(1e-2) / 0.3, _WIDTH)
        tensors[f"bert.{name}.modulation.deltas"] = decays[None, None].astype(np.float32)
        for network in ("implicit_filter", "implicit_filter_rev"):
            for place, inputs in ((0, _FEATURES), (2, _ORDER), (4, _ORDER)):
                add(f"{name}.{network}.{place}.weight", _ORDER, inputs, scale=0.5 * inputs**-0.5)
                add(f"{name}.{network}.{place}.bias", _ORDER, scale=0.1)
                tensors[f"bert.{name}.{network}.{place + 1}.freq"] = np.full((1, _ORDER), 10, dtype=np.float32)
            add(f"{name}.{network}.6.weight", _WIDTH, _ORDER, scale=_ORDER**-0.5)

    for table, rows in (("word", _VOCABULARY), ("position", _POSITIONS), ("token_type", 2)):
        add(f"embeddings.{table}_embeddings.weight", rows, _WIDTH, scale=1.0 if table == "word" else 0.5)
    add("embeddings.LayerNorm.weight", _WIDTH, scale=0.1, around=1.0)
    add("embeddings.LayerNorm.bias", _WIDTH, scale=0.1)
    for layer in (f"encoder.layer.{i}" for i in range(_LAYERS)):
        add_filter(f"{layer}.attention.filter_fn")
        add_filter(f"{layer}.attention.filter_fn2")
        for name, rows in (("in_linear", 3 * _WIDTH), ("out_linear", _WIDTH)):
            add(f"{layer}.attention.{name}.weight", rows, _WIDTH, scale=_WIDTH**-0.5)
            add(f"{layer}.attention.{name}.bias", rows, scale=0.1)
        add(f"{layer}.attention.short_filter.weight", 3 * _WIDTH, 1, 3, scale=0.5)
        add(f"{layer}.attention.short_filter.bias", 3 * _WIDTH, scale=0.1)
        for name, inputs, outputs in (("gated_layers", _WIDTH, 2 * _INNER), ("wo", _INNER, _WIDTH)):
            shape = (_BLOCKS, outputs // _BLOCKS, inputs // _BLOCKS)
            add(f"{layer}.mlp.{name}.weight", *shape, scale=(inputs // _BLOCKS) ** -0.5)
        add(f"{layer}.mlp.wo.bias", _WIDTH, scale=0.1)
        add(f"{layer}.mlp.layernorm.weight", _WIDTH, scale=0.1, around=1.0)
        add(f"{layer}.mlp.layernorm.bias", _WIDTH, scale=0.1)
    add("pooler.dense.weight", _WIDTH, _WIDTH, scale=_WIDTH**-0.5)
    add("pooler.dense.bias", _WIDTH, scale=0.1)
    return tensors


def write_checkpoint(folder: Path) -> Path:
    """A checkpoint of the published size; its tokenizer knows single letters only."""
    folder.mkdir()
    save_file(random_tensors(), folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(configuration()))
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    vocabulary = {piece: i for i, piece in enumerate([*special, *map(chr, range(33, 127))])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    ends = [("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def compiled(checkpoint: Path, positions: int, cache: Path) -> Path:
    """The checkpoint compiled for texts of at most so many tokens."""
    (checkpoint / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": positions}))
    return prepare_text_model(str(checkpoint), cache)


def token_ids(tokens: int) -> list[int]:
    """Made-up ids of a text."""
    return [int(token) for token in np.random.default_rng(tokens).integers(1000, 30_000, tokens)]


def measure(folder: Path, tokens: int) -> dict[str, Any]:
    """Open the model and embed a text: seconds, the most memory held in MB, and the embedding."""
    start = time.perf_counter()
    model = load_text_model(folder)
    opened = time.perf_counter() - start
    assert isinstance(model, NeuralTextModel)
    ids = [np.array(token_ids(tokens), dtype=np.int32)]
    start, start_cpu = time.perf_counter(), time.process_time()
    embedding = model.encode_tokens(ids)[0]
    wall, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    # getrusage would count the process that started this one, too.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak = int(status["VmHWM"].split()[0]) / 1024
    return {"open": opened, "wall": wall, "cpu": cpu, "peak": peak, "embedding": embedding.tolist()}


def in_a_process(folder: Path, tokens: int) -> dict[str, Any]:
    """`measure`, elsewhere."""
    command = [sys.executable, "-m", "benchmarks.monarch", "--measure", str(folder), "--tokens", str(tokens)]
    measured: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return measured


def reference(options: argparse.Namespace, checkpoint: Path, positions: int, tokens: int) -> NDArray[np.float64]:
    """What the authors' code makes of the same text."""
    question = [{"ids": token_ids(tokens), "positions": positions, "pool_all": False}]
    script = Path(__file__).with_name("monarch_reference.py")
    command = [options.reference_python, str(script), options.reference_code, str(checkpoint)]
    done = subprocess.run(command, input=json.dumps(question), check=True, capture_output=True, text=True)
    return np.array(json.loads(done.stdout)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--positions", type=int, nargs="+", default=[512, 2048, 8192, _POSITIONS])
    parser.add_argument("--reference-python", help="an interpreter with torch, transformers, einops and opt_einsum")
    parser.add_argument("--reference-code", help="the folder `bert` of a clone of HazyResearch/m2")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--tokens", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.tokens)))
        return
    with tempfile.TemporaryDirectory() as work:
        checkpoint = write_checkpoint(Path(work) / "m2-bert-80M-32k-random")
        print("positions  tokens   open s   wall s    cpu s  n log n  peak MB   cosine to the authors' code")
        first = 0.0
        for positions in options.positions:
            folder = compiled(checkpoint, positions, Path(work) / "cache")
            for tokens in (_SHORT, positions):
                m = in_a_process(folder, tokens)
                scale = positions * math.log(positions)
                first = first or m["cpu"] / scale
                cosine = ""
                if options.reference_python:
                    own, theirs = np.array(m["embedding"]), reference(options, checkpoint, positions, tokens)
                    cosine = f"{own @ theirs / np.linalg.norm(theirs):.7f}"
                figures = f"{m['open']:8.2f} {m['wall']:8.2f} {m['cpu']:8.2f} {first * scale:8.2f} {m['peak']:8.0f}"
                print(f"{positions:9} {tokens:7} {figures}   {cosine}", flush=True)


if __name__ == "__main__":
    main()
