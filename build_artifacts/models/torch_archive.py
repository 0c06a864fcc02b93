"""Reading the tensors of a `pytorch_model.bin` without unpickling it.

The file is a zip archive: `data.pkl` says which tensor is which part of which storage, and each storage lies beside it
as plain numbers (pytorch.org/docs/stable/notes/serialization.html).
"""

import math
import zipfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from leadgen.errors import ModelError
from numpy.typing import NDArray

from build_artifacts.models.torch_description import TensorPlace, described_tensors

_DESCRIPTION = "data.pkl"


class TorchArchive:
    """A state dictionary in an archive, with the methods of an open safetensors file."""

    def __init__(self, path: Path) -> None:
        """Open the archive.

        Raises:
            ModelError: it is damaged, or more than a dictionary of tensors.
        """
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
            (description,) = (name for name in self._zip.namelist() if name.endswith(f"/{_DESCRIPTION}"))
            self._tensors = described_tensors(self._zip.read(description))
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise ModelError(
                f"{path} is damaged, or no dictionary of tensors as torch.save writes it: {error}"
            ) from error
        self._folder = description.removesuffix(_DESCRIPTION)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def keys(self) -> list[str]:
        """The tensors' names."""
        return list(self._tensors)

    def get_tensor(self, name: str) -> NDArray[Any]:
        """The tensor of this name.

        Raises:
            ModelError: its storage is missing, damaged or too short.
        """
        place = self._tensors[name]
        try:
            content = self._zip.read(f"{self._folder}data/{place.storage}")
            return _tensor(np.frombuffer(content, dtype=place.dtype), place)
        except (KeyError, ValueError, zipfile.BadZipFile) as error:
            raise ModelError(f"{self._path}: tensor {name} cannot be read: {error}") from error


def _tensor(storage: NDArray[Any], place: TensorPlace) -> NDArray[Any]:
    last = place.offset + sum((n - 1) * step for n, step in zip(place.shape, place.strides, strict=True))
    if min((place.offset, *place.shape, *place.strides)) < 0 or max(last, math.prod(place.shape) - 1) >= len(storage):
        raise ValueError("it does not lie in its storage")
    steps = [step * storage.itemsize for step in place.strides]
    return np.lib.stride_tricks.as_strided(storage[place.offset :], place.shape, steps, writeable=False).copy()
