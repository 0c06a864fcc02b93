"""A model's weights as the C library takes them: structs of addresses into a memory-mapped file."""

import ctypes
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from leadgen.errors import ModelError
from leadgen.text.spec import ENCODER_FILE
from leadgen.text.tensor_file import FLOATS_AND_BYTES, map_tensors

Tensors = dict[str, NDArray[Any]]
_LINEAR = ("qkv", "out", "up", "down")
_MIXED = "the files belong to different models or versions: compile the text model again"


class EncoderSizes(BaseModel):
    """What `encoder.json` holds: sizes of an encoder, and what else its tensors do not tell."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    hidden: int = Field(gt=0, multiple_of=64)
    inner: int = Field(gt=0, multiple_of=64)
    heads: int = Field(gt=0)
    layers: int = Field(gt=0)
    vocabulary: int = Field(gt=0)
    positions: int = Field(gt=0, description="rows of the table of positions")
    padding: int = Field(ge=-1, description="XLM-R's padding token; -1 in BERT")
    first_token: bool = Field(description="an embedding is the first token's state, not the mean of all")
    group: int = Field(ge=0, multiple_of=4, description="inputs that share a scale; 0 in fp32")
    epsilon: float = Field(gt=0)

    @classmethod
    def read(cls, folder: Path) -> "EncoderSizes":
        """Read `encoder.json` of a model folder.

        Raises:
            ModelError: the file is absent or damaged.
        """
        path = folder / ENCODER_FILE
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise ModelError(f"{path} cannot be read ({error.strerror}): the text model is incomplete") from error
        except ValidationError as error:
            raise ModelError(f"{path} is damaged: compile the text model again") from error

    def write(self, folder: Path) -> None:
        """Write `encoder.json` into a model folder."""
        (folder / ENCODER_FILE).write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")

    def shapes(self) -> dict[str, tuple[str, tuple[int, ...]]]:
        """Type and shape of every tensor, by its name.

        A linear layer's weight is cut into panels of 64 outputs: [panels, inputs, 64] in fp32, and
        [panels, inputs / 4, 64, 4] in 8-bit integers with a `scale` and a `sum` of each group and output.
        """
        hidden, words = self.hidden, "<f2" if self.group else "<f4"
        found: dict[str, tuple[str, tuple[int, ...]]] = {
            "words": (words, (self.vocabulary, hidden)),
            "positions": ("<f4", (self.positions, hidden)),
        }
        norms = ["embedded"]
        for layer in range(self.layers):
            norms += [f"{layer}.attended", f"{layer}.ended"]
            for name, inputs, outputs in self.linear():
                found |= self._linear(f"{layer}.{name}", inputs, outputs)
        for norm in norms:
            found |= {f"{norm}.scale": ("<f4", (hidden,)), f"{norm}.shift": ("<f4", (hidden,))}
        return found

    def linear(self) -> list[tuple[str, int, int]]:
        """Name, inputs and outputs of each linear layer."""
        sizes = (
            (self.hidden, 3 * self.hidden),
            (self.hidden,) * 2,
            (self.hidden, self.inner),
            (self.inner, self.hidden),
        )
        return [(name, *each) for name, each in zip(_LINEAR, sizes, strict=True)]

    def _linear(self, name: str, inputs: int, outputs: int) -> dict[str, tuple[str, tuple[int, ...]]]:
        bias = {f"{name}.bias": ("<f4", (outputs,))}
        if not self.group:
            return bias | {f"{name}.weight": ("<f4", (outputs // 64, inputs, 64))}
        factors = ("<f4", (inputs // self.group, outputs))
        panels = ("|i1", (outputs // 64, inputs // 4, 64, 4))
        return bias | {f"{name}.weight": panels, f"{name}.scale": factors, f"{name}.sum": factors}


def map_weights(path: Path, sizes: EncoderSizes) -> Tensors:
    """Map the tensors of an encoder, each of the type and shape that its sizes demand.

    Raises:
        ModelError: the file is absent or damaged, or a tensor is missing or another.
    """
    tensors = map_tensors(path, FLOATS_AND_BYTES)
    for name, (dtype, shape) in sizes.shapes().items():
        tensor = tensors.get(name)
        if tensor is None or tensor.dtype != np.dtype(dtype) or tensor.shape != shape:
            raise ModelError(f"{path} does not hold {name} as {dtype} {shape}: {_MIXED}")
    return tensors


class _Dense(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in ("weight", "bias", "scale", "sum")]


class _Norm(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in ("scale", "shift")]


class _Layer(ctypes.Structure):
    _fields_ = [
        ("qkv", _Dense), ("out", _Dense), ("attended", _Norm), ("up", _Dense), ("down", _Dense), ("ended", _Norm),
    ]  # fmt: skip


class Encoder(ctypes.Structure):
    """`encoder` of encoder.c."""

    _fields_ = [
        *((name, ctypes.c_int32) for name in ("hidden", "inner", "heads", "layers", "padding", "first_token", "group")),
        ("epsilon", ctypes.c_float), ("words", ctypes.c_void_p), ("positions", ctypes.c_void_p),
        ("embedded", _Norm), ("layer", ctypes.POINTER(_Layer)),
    ]  # fmt: skip


def encoder_of(sizes: EncoderSizes, tensors: Tensors) -> Encoder:
    """The struct for the library; it holds addresses, so the tensors must outlive it."""
    layers = (_Layer * sizes.layers)()
    for index in range(sizes.layers):
        linear = {name: _addresses(_Dense, tensors, f"{index}.{name}") for name in _LINEAR}
        norms = {name: _addresses(_Norm, tensors, f"{index}.{name}") for name in ("attended", "ended")}
        layers[index] = _Layer(**linear, **norms)
    return Encoder(
        hidden=sizes.hidden,
        inner=sizes.inner,
        heads=sizes.heads,
        layers=sizes.layers,
        padding=sizes.padding,
        first_token=sizes.first_token,
        group=sizes.group,
        epsilon=sizes.epsilon,
        words=_address(tensors["words"]),
        positions=_address(tensors["positions"]),
        embedded=_addresses(_Norm, tensors, "embedded"),
        layer=layers,
    )


def _addresses(struct: type[ctypes.Structure], tensors: Tensors, name: str) -> ctypes.Structure:
    fields = (field[0] for field in struct._fields_)
    return struct(**{field: _address(tensors.get(f"{name}.{field}")) for field in fields})


def _address(tensor: NDArray[Any] | None) -> int | None:
    return None if tensor is None else int(tensor.ctypes.data)
