"""Reading a safetensors file into memory maps (github.com/huggingface/safetensors, "Format")."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadgen.errors import ModelError

TensorMap = dict[str, NDArray[np.float32]]
FLOATS = {"F32": "<f4"}
FLOATS_AND_BYTES = {"F32": "<f4", "F16": "<f2", "I8": "|i1"}


def map_tensors(path: Path, types: Mapping[str, str] = FLOATS) -> dict[str, NDArray[Any]]:
    """Every tensor of a safetensors file by its name, read-only and read from disk when it is first used.

    Args:
        path: the file.
        types: numpy's names of the types that may occur, by the file format's.

    Raises:
        ModelError: the file is absent or damaged, or holds a tensor of another type.
    """
    try:
        content = np.memmap(path, dtype=np.uint8, mode="r")
        start = 8 + int(content[:8].view("<u8")[0])
        header = json.loads(content[8:start].tobytes())
        header.pop("__metadata__", None)
        return {name: _tensor(content[start:], entry, types) for name, entry in header.items()}
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): the text model is incomplete") from error
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ModelError(
            f"{path} is not a whole safetensors file of {', '.join(types)}: compile the text model again"
        ) from error


def _tensor(content: NDArray[np.uint8], entry: dict[str, Any], types: Mapping[str, str]) -> NDArray[Any]:
    start, stop = np.array(entry["data_offsets"], dtype=np.int64)
    if not 0 <= start <= stop <= len(content):
        raise ValueError
    shape = np.array(entry["shape"], dtype=np.int64)
    return content[start:stop].view(types[entry["dtype"]]).reshape(tuple(shape))
