"""Compares the index kinds: `python -m benchmarks.indexes [--vectors embeddings.npy] [--rows 10000 100000]`.

Prints bytes a vector on disk, build and open time, the p50 of one query on one thread and recall@20 against
exact search; then what searching the high-value rows in the same pass and filters cost. Without `--vectors`
the rows are a synthetic mixture; with it each lies between a given vector and one of its near neighbours and
is then displaced, which keeps the local structure at any size.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args

import faiss
import numpy as np
from leadgen.index import Kind, RowFilter, VectorIndex
from leadgen.index.exact import scan
from numpy.typing import NDArray

from build_artifacts.indices.vector_index import choose_kind, write_index

QUERIES = 200
NEIGHBOURS = 20
BLOCK = 50_000
Floats = NDArray[np.float32]


def seeds(path: Path | None) -> Floats:
    """The vectors that rows are mixed from, centred and normalised."""
    vectors: Floats
    if path is not None:
        vectors = np.load(path, allow_pickle=False).astype(np.float32)
    else:
        rng = np.random.default_rng(0)
        spectrum = 1 / np.sqrt(np.arange(1, 385, dtype=np.float32))
        centres = rng.standard_normal((300, 384), dtype=np.float32)
        vectors = centres[rng.integers(0, 300, 20_000)] + rng.standard_normal((20_000, 384), dtype=np.float32)
        vectors *= spectrum
    vectors -= vectors.mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def mixed(origin: Floats, neighbours: NDArray[np.int64], n: int, rng: np.random.Generator) -> Floats:
    """`n` unit vectors, each between a vector and one of its neighbours, moved by half a length."""
    one = rng.integers(0, len(origin), n)
    other = neighbours[one, rng.integers(0, neighbours.shape[1], n)]
    share = rng.random((n, 1), dtype=np.float32)
    vectors = origin[one] * share + origin[other] * (1 - share)
    vectors += rng.standard_normal(vectors.shape, dtype=np.float32) * (0.5 / vectors.shape[1] ** 0.5)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def write_rows(path: Path, origin: Floats, neighbours: NDArray[np.int64], n: int) -> NDArray[np.float16]:
    rng = np.random.default_rng(n)
    rows = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=(n, origin.shape[1]))
    for start in range(0, n, BLOCK):
        rows[start : start + BLOCK] = mixed(origin, neighbours, min(BLOCK, n - start), rng)
    rows.flush()
    return rows


def p50_ms(search: Callable[[Floats], object], queries: Floats) -> float:
    times = []
    for query in queries:
        start = time.perf_counter()
        search(query[None])
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1e3


def recall(found: Floats, exact: Floats) -> float:
    return float(np.mean(found >= exact[:, -1:] - 1e-5))


def print_line(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


def compare_kinds(rows: NDArray[np.float16], queries: Floats, exact: Floats, kinds: Sequence[Kind]) -> None:
    for kind in kinds:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            start = time.perf_counter()
            write_index(rows, folder, kind=kind)
            build = time.perf_counter() - start
            size = sum(path.stat().st_size for path in folder.iterdir()) / len(rows)
            index, opened = open_index(folder)
            p20 = p50_ms(lambda query: index.search(query, NEIGHBOURS), queries)  # noqa: B023
            p100 = p50_ms(lambda query: index.search(query, 100), queries)  # noqa: B023
            reached = recall(index.search(queries, NEIGHBOURS).similarities, exact)
            part = index.spec.parts[0]
            probes = f"{part.probes}/{part.lists}" if part.lists else ""
            times = (f"{build:.1f}", f"{opened:.1f}", f"{p20:.2f}", f"{p100:.2f}")
            print_line(f"{len(rows):,}", kind, probes, f"{size:.0f}", *times, f"{reached:.4f}")


def open_index(folder: Path) -> tuple[VectorIndex, float]:
    """The index and the milliseconds that opening it takes."""
    start = time.perf_counter()
    index = VectorIndex.open(folder)
    return index, (time.perf_counter() - start) * 1e3


def compare_passes(rows: NDArray[np.float16], queries: Floats) -> None:
    """All rows and the high-value rows together, against all rows alone in an index without parts."""
    for share in (0.01, 0.1, 0.5):
        labels = np.random.default_rng(1).random(len(rows)) < share
        with tempfile.TemporaryDirectory() as name:
            write_index(rows, Path(name), labels)
            index, opened = open_index(Path(name))
            both = p50_ms(lambda query: index.search_both(query, 100, 20), queries)  # noqa: B023
            high = scan(queries, rows, NEIGHBOURS, np.flatnonzero(labels)).similarities
            reached = recall(index.search_high_value(queries, NEIGHBOURS).similarities, high)
            times = (f"{opened:.1f}", f"{both:.2f}")
            print_line(f"{len(rows):,}", f"{share:.0%}", index.kind, *times, f"{reached:.4f}")


def compare_filters(rows: NDArray[np.float16], queries: Floats) -> None:
    with tempfile.TemporaryDirectory() as name:
        write_index(rows, Path(name))
        index, _ = open_index(Path(name))
        for share in (0.001, 0.01, 0.1, 0.5):
            within = RowFilter(np.random.default_rng(2).random(len(rows)) < share)
            took = p50_ms(lambda query: index.search(query, NEIGHBOURS, within), queries)  # noqa: B023
            exact = scan(queries, rows, NEIGHBOURS, within.rows).similarities
            reached = recall(index.search(queries, NEIGHBOURS, within).similarities, exact)
            print_line(f"{len(rows):,}", f"{share:.1%}", index.kind, f"{took:.2f}", f"{reached:.4f}")


def main() -> None:
    """Run every comparison at every size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=Path, help="a .npy of real embeddings to make rows from")
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 30_000, 100_000])
    arguments = parser.parse_args()
    faiss.omp_set_num_threads(2)
    origin = seeds(arguments.vectors)
    neighbours = scan(origin, origin, 51).rows[:, 1:]
    queries = mixed(origin, neighbours, QUERIES, np.random.default_rng(7))
    with tempfile.TemporaryDirectory() as name:
        tables = [write_rows(Path(name) / f"{n}.npy", origin, neighbours, n) for n in arguments.rows]
        print("| rows | kind | probes | bytes | build s | open ms | k20 p50 ms | k100 p50 ms | recall@20 |")
        for rows in tables:
            kinds = get_args(Kind) if len(rows) <= 200_000 else (choose_kind(*rows.shape),)
            compare_kinds(rows, queries, scan(queries, rows, NEIGHBOURS).similarities, kinds)
        print("\n| rows | high value | kinds | open ms | both p50 ms (k=100 and 20) | high-value recall@20 |")
        for rows in tables:
            compare_passes(rows, queries)
        print("\n| rows | filter passes | kind | p50 ms | recall@20 |")
        for rows in tables:
            compare_filters(rows, queries)


if __name__ == "__main__":
    main()
