"""Writes the vector index of a bundle: which kind for how many rows, coded in blocks, tuned to its recall."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import faiss
import numpy as np
from leadgen.errors import InputError
from leadgen.index.codes import byte_codes, pad, padded_width
from leadgen.index.part import SCANNED_COMPONENTS
from leadgen.index.spec import ORDER_FILE, POSITIONS_FILE, IndexSpec, Kind, PartName, PartSpec
from numpy.typing import NDArray

from .index_recall import tuned

# Components (rows × dimensions) up to which float16, that needs no second file, stays below 1 ms a search;
# beyond, bytes halve the memory traffic, and past SCANNED_COMPONENTS lists win (benchmarks/indexes.py).
FLAT_FP16_COMPONENTS = 8_000_000
TARGET_RECALL = 0.995
BLOCK_ROWS = 8192
TRAINING_ROWS_PER_LIST = 48
TRAINING_ROUNDS = 8

Vectors = NDArray[np.float16] | NDArray[np.float32]


@dataclass(frozen=True)
class _Rows:
    """Some rows of a matrix on disk, read block by block as float32."""

    vectors: Vectors
    chosen: NDArray[np.int64] | None

    def __len__(self) -> int:
        return len(self.vectors) if self.chosen is None else len(self.chosen)

    def read(self, at: slice | NDArray[np.int64]) -> NDArray[np.float32]:
        rows = at if self.chosen is None else self.chosen[at]
        return np.ascontiguousarray(self.vectors[rows], dtype=np.float32)

    def blocks(self) -> Iterator[tuple[slice, NDArray[np.float32]]]:
        for start in range(0, len(self), BLOCK_ROWS):
            span = slice(start, min(start + BLOCK_ROWS, len(self)))
            yield span, self.read(span)


def choose_kind(n: int, d: int) -> Kind:
    """The quickest kind whose recall@20 stays within .005 of exact search at `n` rows of `d` dimensions."""
    if n * d <= FLAT_FP16_COMPONENTS:
        return "flat-fp16"
    return "flat-int8" if n * d <= SCANNED_COMPONENTS else "ivf-int8"


def write_index(
    vectors: Vectors,
    folder: Path,
    labels: NDArray[np.bool_] | None = None,
    kind: Kind | Literal["auto"] = "auto",
    *,
    threads: int = 2,
    seed: int = 0,
) -> IndexSpec:
    """Write an index over `vectors` [n, d] (L2-normalised, float16 or float32, usually a memory map).

    High-value rows (`labels` bool [n]) get an index of their own, searched in the same pass as the rest.
    Blocks of 8,192 rows are converted at a time; beyond them memory holds one byte a component. The same
    vectors, seed and number of threads give the same files. "auto" falls back to flat float16 where recall@20
    of a lossy kind stays below .995. Raises InputError without rows or with NaN or infinities, naming the
    first row that has them.
    """
    if vectors.ndim != 2 or not vectors.size:
        raise InputError("there are no vectors to index: every row was rejected, or the input is empty")
    folder.mkdir(parents=True, exist_ok=True)
    faiss.omp_set_num_threads(threads)
    groups = _groups(len(vectors), labels)
    parts = []
    for name, chosen in groups:
        rows = _Rows(vectors, chosen)
        largest = _largest_component(rows)
        parts.append(_write_part(name, rows, largest, folder, kind, seed))
    if len(groups) == 2:
        _write_order(folder, [chosen for _, chosen in groups if chosen is not None])
    spec = IndexSpec(rows=len(vectors), dimension=vectors.shape[1], parts=tuple(parts))
    spec.write(folder)
    return spec


def _groups(n: int, labels: NDArray[np.bool_] | None) -> list[tuple[PartName, NDArray[np.int64] | None]]:
    if labels is None or not labels.any():
        return [("rest", None)]
    if labels.shape != (n,) or labels.dtype != np.bool_:
        raise ValueError(f"labels are {labels.dtype} {list(labels.shape)}, not bool [{n}]")
    if labels.all():
        return [("high", None)]
    return [("high", np.flatnonzero(labels)), ("rest", np.flatnonzero(~labels))]


def _write_order(folder: Path, groups: list[NDArray[np.int64]]) -> None:
    order = np.concatenate(groups).astype(np.uint32)
    positions = np.empty_like(order)
    positions[order] = np.arange(len(order), dtype=np.uint32)
    np.save(folder / ORDER_FILE, order, allow_pickle=False)
    np.save(folder / POSITIONS_FILE, positions, allow_pickle=False)


def _largest_component(rows: _Rows) -> float:
    largest = 0.0
    for span, block in rows.blocks():
        finite = np.isfinite(block).all(axis=1)
        if not finite.all():
            at = span.start + int(np.argmin(finite))
            row = at if rows.chosen is None else int(rows.chosen[at])
            raise InputError(f"the vector of row {row} holds NaN or an infinity")
        largest = max(largest, float(np.abs(block).max()))
    return largest or 1.0


def _write_part(
    name: PartName, rows: _Rows, largest: float, folder: Path, kind: Kind | Literal["auto"], seed: int
) -> PartSpec:
    chosen = choose_kind(len(rows), rows.vectors.shape[1]) if kind == "auto" else kind
    spec = _write_files(name, chosen, rows, largest, folder, seed)
    spec = tuned(spec, folder, rows.vectors.shape[1], TARGET_RECALL, seed)
    if kind == "auto" and spec.recall < TARGET_RECALL and chosen != "flat-fp16":
        (folder / spec.vectors_file).unlink()
        return replace(_write_files(name, "flat-fp16", rows, largest, folder, seed), recall=1.0)
    return spec


def _write_files(name: PartName, kind: Kind, rows: _Rows, largest: float, folder: Path, seed: int) -> PartSpec:
    index = _empty_index(kind, rows, seed)
    encode: Callable[[NDArray[np.float32]], NDArray[np.float32]] = pad
    if kind != "flat-fp16":
        encode = lambda block: byte_codes(block, largest)  # noqa: E731
    for _, block in rows.blocks():
        index.add(encode(block))
    lists = index.nlist if kind == "ivf-int8" else 0
    spec = PartSpec(name=name, kind=kind, rows=len(rows), bytes=0, recall=1.0, lists=lists, probes=lists)
    faiss.write_index(index, str(folder / spec.faiss_file))
    if kind != "flat-fp16":
        _write_vectors(folder / spec.vectors_file, rows)
    return replace(spec, bytes=(folder / spec.faiss_file).stat().st_size)


def _write_vectors(path: Path, rows: _Rows) -> None:
    shape = (len(rows), rows.vectors.shape[1])
    stored = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=shape)
    for span, block in rows.blocks():
        stored[span] = block
    stored.flush()


def _empty_index(kind: Kind, rows: _Rows, seed: int) -> Any:
    width = padded_width(rows.vectors.shape[1])
    quantizer = faiss.ScalarQuantizer
    if kind == "flat-fp16":
        return faiss.IndexScalarQuantizer(width, quantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    if kind == "flat-int8":
        return faiss.IndexScalarQuantizer(width, quantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT)
    return _empty_lists(rows, width, seed)


def _empty_lists(rows: _Rows, width: int, seed: int) -> Any:
    """√n lists around spherical k-means centroids of a sample (more lists cost training and gain little)."""
    lists = max(1, min(round(len(rows) ** 0.5), len(rows) // TRAINING_ROWS_PER_LIST))
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(width),
        width,
        lists,
        faiss.ScalarQuantizer.QT_8bit_direct_signed,
        faiss.METRIC_INNER_PRODUCT,
    )
    index.by_residual = False
    index.cp.spherical, index.cp.niter, index.cp.seed = True, TRAINING_ROUNDS, 1 + seed
    sample = np.random.default_rng(seed).permutation(len(rows))[: lists * TRAINING_ROWS_PER_LIST]
    index.train(pad(rows.read(np.sort(sample))))
    return index
