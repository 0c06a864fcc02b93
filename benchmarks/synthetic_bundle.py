"""A bundle of any size out of a small real one: its model and spaces, its rows again and again with noise."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from leadgen.bundle import CURRENT, MANIFEST, FileEntry, Manifest, TableManifest, locate, sha256
from leadgen.duplicates import DuplicateWriter
from leadgen.index import VectorIndex
from leadgen.rows import RowStore
from numpy.typing import NDArray

from build_artifacts.indices.row_writer import RowWriter
from build_artifacts.indices.vector_index import write_index

BLOCK = 20_000
NOISE = 0.6
"""Length of the noise beside a real vector of length 1: neighbours stay neighbours, no two rows are equal."""


def enlarged(source: str, target: Path, rows: int, digest_key: str, *, seed: int = 0) -> Path:
    """The folder of a bundle like the one at `source` with `rows` customers and as many companies."""
    small = locate(source)
    manifest = Manifest.read(small)
    folder = target / f"{manifest.build_id}-{rows}"
    if (folder / MANIFEST).exists():
        return folder
    assert manifest.customers is not None
    assert manifest.companies is not None
    _link(small / "model", folder / "model")
    customers = _table(small / "customers", folder / "customers", manifest.customers, rows, seed)
    _link(small / "customers/space", folder / "customers/space")
    _link(small / "customers/calibration.json", folder / "customers/calibration.json")
    _duplicates(folder / "customers/duplicates", rows, digest_key)
    companies = _table(small / "companies", folder / "companies", manifest.companies, rows, seed + 1)
    _seal(folder, manifest.model_copy(update={"customers": customers, "companies": companies}))
    return folder


def _table(small: Path, large: Path, manifest: TableManifest, rows: int, seed: int) -> TableManifest:
    random = np.random.default_rng(seed)
    store = RowStore.open(small / "rows")
    origin = random.integers(0, len(store), rows)
    labels = None if store.labels is None else store.labels[origin]
    kinds: Any = manifest.filters
    with RowWriter(large / "rows", manifest.id_column, kinds) as writer:
        for start in range(0, rows, BLOCK):
            taken = origin[start : start + BLOCK]
            records = [store.record(int(row)) | {manifest.id_column: f"row-{start + i}"} for i, row in enumerate(taken)]
            writer.append(records, None, None if labels is None else labels[start : start + BLOCK])
    if (small / "index").exists():
        _index(small / "index", large / "index", origin, labels, random)
    for name in manifest.spaces if (small / "spaces").exists() else ():
        _link(small / "spaces" / name / "space", large / "spaces" / name / "space")
        _index(small / "spaces" / name / "index", large / "spaces" / name / "index", origin, labels, random)
    return manifest.model_copy(update={"rows": rows})


def _index(
    small: Path, large: Path, origin: NDArray[np.int64], labels: NDArray[np.bool_] | None, random: np.random.Generator
) -> None:
    index = VectorIndex.open(small)
    known = index.vectors(np.arange(index.size))
    large.mkdir(parents=True)
    path = large / "vectors.part.npy"
    shape = (len(origin), index.dimension)
    vectors = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=shape)
    for start in range(0, len(origin), BLOCK):
        block = known[origin[start : start + BLOCK]]
        block = block + random.standard_normal(block.shape, np.float32) * np.float32(NOISE / index.dimension**0.5)
        vectors[start : start + BLOCK] = block / np.linalg.norm(block, axis=1, keepdims=True)
    write_index(vectors, large, labels)
    del vectors
    path.unlink()


def _duplicates(folder: Path, rows: int, key: str) -> None:
    writer = DuplicateWriter(folder, key)
    for start in range(0, rows, BLOCK):
        numbers = range(start, min(start + BLOCK, rows))
        writer.append(numbers, emails=[f"person.{i}@company{i % 50_000}.example" for i in numbers])
    writer.finish()


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_file():
        os.link(source, target)
        return
    for path in source.rglob("*"):
        if path.is_file():
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, place)


def _seal(folder: Path, manifest: Manifest) -> None:
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in (MANIFEST, CURRENT))
    files = {str(path.relative_to(folder)): FileEntry(size=path.stat().st_size, sha256=sha256(path)) for path in found}
    unnamed = manifest.model_copy(update={"files": files, "build_id": ""})
    named = unnamed.model_copy(update={"build_id": unnamed.content_id()})
    (folder / MANIFEST).write_text(named.model_dump_json(), "utf-8")
