"""Checked access to the tensors of a BERT, XLM-R or M2-BERT checkpoint."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import numpy as np
from leadgen.errors import ModelError
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from build_artifacts.models.checkpoint import TORCH_FILE
from build_artifacts.models.torch_archive import TorchArchive

# What models with a head put before the names of their encoder's tensors.
_PREFIXES = ("bert.", "roberta.")
_FLOATS = {"float64", "float32", "float16", "bfloat16"}


class BertTensors:
    """Tensors by their BERT name, as float32, each checked for its shape and for finite values.

    Names may carry the prefix of models with a head, and LayerNorm the old names gamma and beta.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _opened(path)
        self._names = set(self._file.keys())
        with_head = (p for p in _PREFIXES if f"{p}embeddings.word_embeddings.weight" in self._names)
        self._prefix = next(with_head, "")

    def __enter__(self) -> Self:
        self._file.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.__exit__(kind, error, trace)

    def __contains__(self, name: str) -> bool:
        return self._prefix + name in self._names

    def get(self, name: str, *shape: int) -> NDArray[np.float32]:
        """The tensor of this name and shape.

        Raises:
            ModelError: it is missing, has another shape or type, or holds NaN or infinity.
        """
        stored = self._stored_name(name)
        tensor = self._file.get_tensor(stored)
        if tensor.dtype.name not in _FLOATS:
            raise ModelError(f"{self._path}: tensor {stored} is {tensor.dtype.name}, not floating point")
        if tensor.shape != shape:
            raise ModelError(f"{self._path}: tensor {stored} has shape {tensor.shape}, not {shape}")
        values: NDArray[np.float32] = tensor.astype(np.float32)
        if not np.isfinite(values).all():
            raise ModelError(f"{self._path}: tensor {stored} holds NaN or infinite values")
        return values

    def dense(self, name: str, inputs: int, outputs: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Weight [inputs, outputs] and bias [outputs] of a linear layer, stored transposed by torch."""
        return self.get(f"{name}.weight", outputs, inputs).T, self.get(f"{name}.bias", outputs)

    def layer_norm(self, name: str, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Scale and shift, each [width]."""
        return self.get(f"{name}.weight", width), self.get(f"{name}.bias", width)

    def _stored_name(self, name: str) -> str:
        full = self._prefix + name
        old = full.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        for candidate in (full, old):
            if candidate in self._names:
                return candidate
        raise ModelError(f"{self._path}: tensor {full} is missing, so this is not a complete checkpoint")


def _opened(path: Path) -> Any:
    if path.name == TORCH_FILE:
        return TorchArchive(path)
    try:
        return cast("Any", safe_open(path, framework="np"))
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path} is damaged: {error}") from error
