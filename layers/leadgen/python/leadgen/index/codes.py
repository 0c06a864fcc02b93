"""How vectors are laid out for FAISS: padded to the width its kernels want, and as signed bytes."""

import numpy as np
from numpy.typing import NDArray

# FAISS's byte kernels exist for AVX-512 from dimensions divisible by 32 (AVX2: 16); others run half as fast.
LANES = 32
LARGEST_CODE = 127.0


def padded_width(dimension: int) -> int:
    """The dimension that FAISS is given: the next multiple of 32, the rest filled with zeros."""
    return -(-dimension // LANES) * LANES


def pad(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 [n, d] → [n, padded_width(d)]; inner products do not change."""
    rows, dimension = vectors.shape
    width = padded_width(dimension)
    if width == dimension:
        return np.ascontiguousarray(vectors)
    # np.pad takes ten times as long for one row.
    padded = np.zeros((rows, width), dtype=np.float32)
    padded[:, :dimension] = vectors
    return padded


def byte_codes(vectors: NDArray[np.float32], largest: float) -> NDArray[np.float32]:
    """Vectors as whole numbers in -127..127, `largest` being the biggest absolute component of all."""
    return pad(np.rint(vectors * np.float32(LARGEST_CODE / largest)))


def byte_queries(queries: NDArray[np.float32]) -> NDArray[np.float32]:
    """Queries as whole numbers, each by its own scale.

    FAISS's byte kernels truncate the query to an integer on x86 and not on ARM (faiss issue 5550); whole
    numbers mean the same on both.
    """
    largest = np.abs(queries).max(axis=1, keepdims=True)
    return pad(np.rint(queries * (LARGEST_CODE / np.where(largest > 0, largest, 1)).astype(np.float32)))
