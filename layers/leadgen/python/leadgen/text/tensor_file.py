"""Reading a safetensors file into memory maps (github.com/huggingface/safetensors, "Format")."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leadgen.errors import ModelError

TensorMap = dict[str, NDArray[np.float32]]


def map_tensors(path: Path) -> TensorMap:
    """Every tensor of a safetensors file by its name, read-only and read from disk when it is first used.

    Raises:
        ModelError: the file is absent or damaged, or holds something else than float32.
    """
    try:
        content = np.memmap(path, dtype=np.uint8, mode="r")
        start = 8 + int(content[:8].view("<u8")[0])
        header = json.loads(content[8:start].tobytes())
        return {name: _tensor(content[start:], entry) for name, entry in header.items() if name != "__metadata__"}
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): the text model is incomplete") from error
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ModelError(f"{path} is not a whole safetensors file of float32: compile the text model again") from error


def _tensor(content: NDArray[np.uint8], entry: dict[str, object]) -> NDArray[np.float32]:
    if entry["dtype"] != "F32":
        raise ValueError
    start, stop = np.array(entry["data_offsets"], dtype=np.int64)
    if not 0 <= start <= stop <= len(content):
        raise ValueError
    shape = np.array(entry["shape"], dtype=np.int64)
    return content[start:stop].view("<f4").reshape(tuple(shape))
