"""FAISS files by memory map, checked before FAISS parses them and again before anything is searched."""

from pathlib import Path
from typing import Any

import faiss

from leadgen.errors import BundleError

from .spec import PartSpec

_HEADER_BYTES = 16
_SIGNATURES = {"flat-fp16": b"IxSQ", "flat-int8": b"IxSQ", "ivf-int8": b"IwSq"}
_QUANTIZERS = {
    "flat-fp16": faiss.ScalarQuantizer.QT_fp16,
    "flat-int8": faiss.ScalarQuantizer.QT_8bit_direct_signed,
    "ivf-int8": faiss.ScalarQuantizer.QT_8bit_direct_signed,
}


def open_faiss(path: Path, spec: PartSpec, width: int) -> Any:
    """The FAISS index of `path`, mapped; raises BundleError when the file is not what `spec` says."""
    _check_header(path, spec, width)
    try:
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise BundleError(f"{path} is damaged, FAISS cannot read it; build the bundle again") from error
    if not _fits(index, spec, width):
        raise BundleError(f"{path} is not the {spec.kind} index that its description announces")
    return index


def _check_header(path: Path, spec: PartSpec, width: int) -> None:
    """FAISS starts a file with four letters, the dimension (int32) and the number of rows (int64)."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error}") from error
    if size != spec.bytes:
        raise BundleError(f"{path} has {size} bytes instead of {spec.bytes}; build the bundle again")
    expected = _SIGNATURES[spec.kind] + width.to_bytes(4, "little") + spec.rows.to_bytes(8, "little")
    if header != expected:
        raise BundleError(f"{path} is not a {spec.kind} index of {spec.rows} rows × {width} dimensions")


def _fits(index: Any, spec: PartSpec, width: int) -> bool:
    expected: tuple[Any, ...] = (spec.rows, width, faiss.METRIC_INNER_PRODUCT, _QUANTIZERS[spec.kind], True)
    actual = (index.ntotal, index.d, index.metric_type, index.sq.qtype, index.is_trained)
    if expected != actual:
        return False
    if spec.kind != "ivf-int8":
        return bool(index.codes.size() == spec.rows * index.sq.code_size)
    lists = (index.nlist, index.invlists.nlist, index.invlists.compute_ntotal(), index.by_residual)
    return lists == (spec.lists, spec.lists, spec.rows, False)
