"""The tensors of an M2-BERT checkpoint as the runtime wants them.

Names and shapes are those of HazyResearch/m2, `bert/src` (`mm/hyena_utils.py`, `mm/monarch_mixer_sequence_mixer.py`).
"""

from collections.abc import Iterator

import numpy as np
from leadgen.text.tensor_file import TensorMap
from numpy.typing import NDArray

from build_artifacts.models.monarch_architecture import MonarchArchitecture
from build_artifacts.models.tensors import BertTensors

Named = Iterator[tuple[str, NDArray[np.float32]]]

_DIRECTIONS = {"forward": "implicit_filter", "backward": "implicit_filter_rev"}
_DENSE = {"first": 0, "second": 2, "third": 4}
_LAST = 6


def monarch_weights(tensors: BertTensors, a: MonarchArchitecture, positions: int) -> TensorMap:
    """All weights by the names that `leadgen.text.monarch_encoder` knows, for texts of so many positions.

    Raises:
        ModelError: a tensor is missing, has another shape or type, or holds NaN or infinity.
    """
    weights = dict(_embeddings(tensors, a, positions))
    for layer in range(a.layers):
        weights |= _prefixed(f"layer.{layer}", _layer(tensors, f"encoder.layer.{layer}", a, positions))
    if a.pooler:
        weights["pooler.weight"] = tensors.get("pooler.dense.weight", a.hidden_size, a.hidden_size)
        weights["pooler.bias"] = tensors.get("pooler.dense.bias", a.hidden_size)
    return {name: np.ascontiguousarray(values) for name, values in weights.items()}


def _prefixed(prefix: str, named: Named) -> TensorMap:
    return {f"{prefix}.{name}": values for name, values in named}


def _embeddings(tensors: BertTensors, a: MonarchArchitecture, positions: int) -> Named:
    name, width = "embeddings", a.hidden_size
    yield "words", tensors.get(f"{name}.word_embeddings.weight", a.vocab_size, width)
    table = tensors.get(f"{name}.position_embeddings.weight", a.max_position_embeddings, width)
    # a single text is all segment 0
    segment = tensors.get(f"{name}.token_type_embeddings.weight", a.type_vocab_size, width)[0]
    yield "positions", table[:positions] + segment
    scale, shift = tensors.layer_norm(f"{name}.LayerNorm", width)
    yield "norm.scale", scale
    yield "norm.shift", shift
    yield "norm.epsilon", np.array([a.layer_norm_eps], dtype=np.float32)


def _layer(tensors: BertTensors, name: str, a: MonarchArchitecture, positions: int) -> Named:
    width, mixer, mlp = a.hidden_size, f"{name}.attention", f"{name}.mlp"
    yield "projection.weight", tensors.get(f"{mixer}.in_linear.weight", 3 * width, width)
    yield "projection.bias", tensors.get(f"{mixer}.in_linear.bias", 3 * width)[:, None]
    yield "short.weight", tensors.get(f"{mixer}.short_filter.weight", 3 * width, 1, 3)[:, 0]
    yield "short.bias", tensors.get(f"{mixer}.short_filter.bias", 3 * width)
    for number, part in enumerate(("filter_fn", "filter_fn2")):
        yield from _prefixed(f"filter.{number}", _filter(tensors, f"{mixer}.{part}", a, positions)).items()
    yield "state.linear.weight", tensors.get(f"{mixer}.out_linear.weight", width, width)
    yield "state.linear.bias", tensors.get(f"{mixer}.out_linear.bias", width)
    yield from _block_diagonal(tensors, mlp, a)
    scale, shift = tensors.layer_norm(f"{mlp}.layernorm", width)
    yield "state.norm.scale", scale
    yield "state.norm.shift", shift


def _block_diagonal(tensors: BertTensors, name: str, a: MonarchArchitecture) -> Named:
    """Blocks [inputs, outputs]; those of the gated layer in halves, each as wide as a block of the layer that follows.

    Gates are then the halves of the first blocks and what they gate those of the last, each in the following order.
    """
    inputs, inner = a.hidden_size // a.blocks, a.intermediate_size // a.blocks
    gated = tensors.get(f"{name}.gated_layers.weight", a.blocks, 2 * inner, inputs)
    yield "state.gated.weight", gated.reshape(a.blocks, 2, inner, inputs).swapaxes(2, 3)
    outer = tensors.get(f"{name}.wo.weight", a.blocks, inputs, inner)
    yield "state.output.weight", outer.swapaxes(1, 2)[None]
    yield "state.output.bias", tensors.get(f"{name}.wo.bias", a.hidden_size)


def _filter(tensors: BertTensors, name: str, a: MonarchArchitecture, positions: int) -> Named:
    order, width, length = a.filter_order, a.hidden_size, a.filter_positions
    yield "bias", tensors.get(f"{name}.bias", width)
    yield "shared.positions", tensors.get(f"{name}.pos_emb.z", 1, length, a.filter_features)[0, :positions]
    yield "shared.times", tensors.get(f"{name}.pos_emb.t", 1, length, 1)[0, :positions, 0]
    yield "shared.decay", -np.abs(tensors.get(f"{name}.modulation.deltas", 1, 1, width)[0, 0])[:, None]
    for direction, network in _DIRECTIONS.items():
        for part, place in _DENSE.items():
            inputs = a.filter_features if part == "first" else order
            yield f"{direction}.{part}.weight", tensors.get(f"{name}.{network}.{place}.weight", order, inputs)
            yield f"{direction}.{part}.bias", tensors.get(f"{name}.{network}.{place}.bias", order)
            frequencies = filter_frequencies(tensors, name, f"{network}.{place + 1}", a)
            yield f"{direction}.{part}.sine", frequencies * np.float32(a.sine_scale)
        yield f"{direction}.last.weight", tensors.get(f"{name}.{network}.{_LAST}.weight", width, order)


def filter_frequencies(tensors: BertTensors, name: str, place: str, a: MonarchArchitecture) -> NDArray[np.float32]:
    """Frequencies [order] of an activation: all of a filter share one tensor, which safetensors keeps by one name."""
    own = f"{name}.{place}.freq"
    places = [f"{name}.{network}.{dense + 1}.freq" for network in _DIRECTIONS.values() for dense in _DENSE.values()]
    kept = next((other for other in (own, *places) if other in tensors), own)
    shared = tensors.get(kept, 1, a.filter_order)
    return shared.reshape(-1)
