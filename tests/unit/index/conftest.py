from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from leadgen.index import Kind, VectorIndex
from numpy.typing import NDArray

from build_artifacts.indices.vector_index import write_index

Clusters = Callable[..., NDArray[np.float16]]


def _brute_force(
    queries: NDArray[np.float32],
    vectors: NDArray[np.float16],
    k: int,
    mask: NDArray[np.bool_] | None = None,
    exclude: list[list[int]] | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Similarities [n, k] and rows [n, k], -inf and -1 where fewer rows are allowed."""
    similarities = queries @ vectors.astype(np.float32).T
    if mask is not None:
        similarities[:, ~mask] = -np.inf
    for query, rows in enumerate(exclude or ()):
        similarities[query, list(rows)] = -np.inf
    similarities = np.pad(similarities, ((0, 0), (0, k)), constant_values=-np.inf)
    rows = np.argsort(-similarities, axis=1, kind="stable")[:, :k]
    similarities = np.take_along_axis(similarities, rows, axis=1)
    return similarities, np.where(np.isneginf(similarities), -1, rows)


@pytest.fixture
def brute_force() -> Callable[..., tuple[NDArray[np.float32], NDArray[np.int64]]]:
    """The answer that every index is compared with, in numpy alone."""
    return _brute_force


@pytest.fixture
def clustered() -> Clusters:
    """Unit vectors around random centres, like embeddings of companies of some industries."""

    def make(n: int, d: int, seed: int = 0, centres: int = 12) -> NDArray[np.float16]:
        rng = np.random.default_rng(seed)
        middle = np.random.default_rng(99).standard_normal((centres, d))
        vectors = middle[rng.integers(0, centres, n)] + rng.standard_normal((n, d))
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)

    return make


@pytest.fixture
def built(tmp_path: Path) -> Callable[..., VectorIndex]:
    def build(
        vectors: NDArray[np.float16], kind: Kind | str = "auto", labels: NDArray[np.bool_] | None = None
    ) -> VectorIndex:
        write_index(vectors, tmp_path, labels, kind)  # type: ignore[arg-type]
        return VectorIndex.open(tmp_path)

    return build
