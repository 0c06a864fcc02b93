"""A BERT or XLM-R checkpoint for the AVX-512 engine: weights cut into panels and, for int8, quantised.

Method of int8: symmetric weights with a scale for each column and each group of inputs (S. Dai et al., "VS-Quant",
MLSys 2021). The engine quantises states by token and group as they arise, so nothing is calibrated.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from leadgen.errors import ModelError
from leadgen.text.avx512.weights import EncoderSizes
from leadgen.text.spec import TENSORS_FILE
from numpy.typing import NDArray
from pydantic import ValidationError

from build_artifacts.models.architecture import BertArchitecture
from build_artifacts.models.embedding_rules import Pooling
from build_artifacts.models.tensors import BertTensors

PANEL = 64
_LARGEST = 127
_TYPES = {"float32": "F32", "float16": "F16", "int8": "I8"}

_Tensors = dict[str, NDArray[Any]]


def encoder_sizes(architecture: BertArchitecture, pooling: Pooling, group: int) -> EncoderSizes:
    """The sizes of an encoder whose linear layers share a scale among `group` inputs, 0 in fp32.

    Raises:
        ModelError: the engine has no form for them.
    """
    hidden, inner, heads = (
        architecture.hidden_size,
        architecture.intermediate_size,
        architecture.num_attention_heads,
    )
    if hidden % PANEL or inner % PANEL or hidden // heads % 32 or (group and (hidden % group or inner % group)):
        raise ModelError(
            f"the AVX-512 engine takes widths that are multiples of {PANEL} and of its groups, and of 32 for a head, "
            f"not {hidden} and {inner} with {heads} heads: choose fp32 on the engine onnxruntime"
        )
    try:
        return EncoderSizes(
            hidden=hidden,
            inner=inner,
            heads=heads,
            layers=architecture.num_hidden_layers,
            vocabulary=architecture.vocab_size,
            positions=architecture.max_position_embeddings,
            padding=-1 if architecture.padding is None else architecture.padding,
            first_token=pooling == "cls",
            group=group,
            epsilon=architecture.layer_norm_eps,
        )
    except ValidationError as error:
        raise ModelError(f"the AVX-512 engine has no form for this encoder: {error}") from error


def write_avx512(
    tensors: BertTensors, architecture: BertArchitecture, pooling: Pooling, group: int, folder: Path
) -> None:
    """Write `encoder.json` and the weights of an encoder into a model's folder.

    Raises:
        ModelError: the engine has no form for the encoder's sizes.
    """
    sizes = encoder_sizes(architecture, pooling, group)
    sizes.write(folder)
    found = _embeddings(tensors, sizes, architecture.type_vocab_size)
    for layer in range(sizes.layers):
        found |= _layer(tensors, sizes, layer)
    write_aligned(folder / TENSORS_FILE, found)


def _embeddings(tensors: BertTensors, sizes: EncoderSizes, segments: int) -> _Tensors:
    words = tensors.get("embeddings.word_embeddings.weight", sizes.vocabulary, sizes.hidden)
    positions = tensors.get("embeddings.position_embeddings.weight", sizes.positions, sizes.hidden)
    # a single text is all segment 0
    segment = tensors.get("embeddings.token_type_embeddings.weight", segments, sizes.hidden)[0]
    stored = words.astype(np.float16) if sizes.group else words
    return {"words": stored, "positions": positions + segment} | _norm(tensors, sizes, "embeddings", "embedded")


def _layer(tensors: BertTensors, sizes: EncoderSizes, layer: int) -> _Tensors:
    name = f"encoder.layer.{layer}"
    found: _Tensors = {}
    sources = {"out": "attention.output.dense", "up": "intermediate.dense", "down": "output.dense"}
    for linear, inputs, outputs in sizes.linear():
        parts = (
            [f"attention.self.{part}" for part in ("query", "key", "value")] if linear == "qkv" else [sources[linear]]
        )
        dense = [tensors.dense(f"{name}.{part}", inputs, outputs // len(parts)) for part in parts]
        weight, bias = (np.concatenate(each, axis=-1) for each in zip(*dense, strict=True))
        packed = quantised(weight, sizes.group) if sizes.group else {"weight": _panels(weight)}
        found |= {f"{layer}.{linear}.{key}": value for key, value in {**packed, "bias": bias}.items()}
    found |= _norm(tensors, sizes, f"{name}.attention.output", f"{layer}.attended")
    return found | _norm(tensors, sizes, f"{name}.output", f"{layer}.ended")


def _norm(tensors: BertTensors, sizes: EncoderSizes, source: str, name: str) -> _Tensors:
    scale, shift = tensors.layer_norm(f"{source}.LayerNorm", sizes.hidden)
    return {f"{name}.scale": scale, f"{name}.shift": shift}


def _panels(weight: NDArray[np.float32]) -> NDArray[np.float32]:
    inputs, outputs = weight.shape
    return weight.reshape(inputs, outputs // PANEL, PANEL).transpose(1, 0, 2)


def quantised(weight: NDArray[np.float32], group: int) -> _Tensors:
    """A weight [inputs, outputs] as int8 [panels, inputs / 4, 64, 4], with float32 [groups, outputs] `scale` and `sum`.

    `sum` is that of a column's dequantised weights in a group.
    """
    inputs, outputs = weight.shape
    groups = weight.reshape(inputs // group, group, outputs)
    scale = np.maximum(np.abs(groups).max(axis=1), np.finfo(np.float32).tiny) / np.float32(_LARGEST)
    whole = np.clip(np.rint(groups / scale[:, None]), -_LARGEST, _LARGEST).astype(np.int8)
    total = scale * whole.sum(axis=1, dtype=np.int32)
    panels = whole.reshape(inputs // 4, 4, outputs // PANEL, PANEL).transpose(2, 0, 3, 1)
    return {"weight": panels, "scale": scale.astype(np.float32), "sum": total.astype(np.float32)}


def write_aligned(path: Path, tensors: Mapping[str, NDArray[Any]]) -> None:
    """Write a safetensors file whose tensors all start at a multiple of 64 bytes, a line of the processor's cache.

    The format allows blanks after its header and no gaps between tensors, whose sizes are multiples of 64 here.
    """
    header, offset = {}, 0
    for name, tensor in tensors.items():
        header[name] = {
            "dtype": _TYPES[tensor.dtype.name],
            "shape": tensor.shape,
            "data_offsets": (offset, offset + tensor.nbytes),
        }
        offset += tensor.nbytes
    encoded = json.dumps(header).encode()
    encoded += b" " * (-(8 + len(encoded)) % 64)
    with path.open("wb") as file:
        file.write(len(encoded).to_bytes(8, "little") + encoded)
        for tensor in tensors.values():
            file.write(np.ascontiguousarray(tensor).tobytes())
