"""A `pytorch_model.bin` as torch.save writes it (zip archive, pickle protocol 2), made without torch or pickle."""

import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_STORAGES = {"float32": "FloatStorage", "bfloat16": "BFloat16Storage", "int64": "LongStorage", "float16": "HalfStorage"}


def write_torch_file(path: Path, tensors: dict[str, NDArray[Any]], program: bytes | None = None) -> None:
    """Write tensors; `program` replaces the pickle that describes them."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", program or _program(tensors))
        archive.writestr("archive/byteorder", "little")
        for number, tensor in enumerate(tensors.values()):
            archive.writestr(f"archive/data/{number}", np.ascontiguousarray(tensor).tobytes())


def _program(tensors: dict[str, NDArray[Any]]) -> bytes:
    """An OrderedDict, filled with one call per tensor, that has attributes."""
    named = enumerate(tensors.items())
    entries = b"".join(_text(name) + _put(number) + _tensor(number, tensor) for number, (name, tensor) in named)
    made = b"ccollections\nOrderedDict\n)Rr\x00\x01\x00\x00"
    attributes = b"}" + _text("_metadata") + b"ccollections\nOrderedDict\n)Rs"
    return b"\x80\x02" + made + b"(" + entries + b"u" + attributes + b"b."


def _tensor(number: int, tensor: NDArray[Any]) -> bytes:
    storage = b"ctorch\n" + _STORAGES[tensor.dtype.name].encode() + b"\n"
    place = b"(" + _text("storage") + storage + _text(str(number)) + _text("cpu") + _number(tensor.size) + b"tQ"
    strides = np.cumprod([1, *tensor.shape[:0:-1]])[::-1] if tensor.shape else []
    shape, steps = (b"(" + b"".join(map(_number, sizes)) + b"t" for sizes in (tensor.shape, strides))
    hooks = b"ccollections\nOrderedDict\n)R"
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + place + b"K\x00" + shape + steps + b"\x89" + hooks + b"tR"


def _text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def _number(value: int) -> bytes:
    return b"J" + struct.pack("<i", int(value))


def _put(number: int) -> bytes:
    return b"r" + struct.pack("<I", number)
