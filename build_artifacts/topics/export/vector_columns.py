"""Vectors as columns of Arrow tables."""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from build_artifacts.database.half_vectors import unpack_half_vectors

VectorType = Literal["float16", "float32", "none"]
VectorColumn: TypeAlias = "pa.FixedSizeListType[Any, Any]"


def vector_type(kind: VectorType, dimension: int) -> VectorColumn:
    """The type of a column whose every cell is a vector of `dimension` numbers, or null."""
    return pa.list_(pa.float16() if kind == "float16" else pa.float32(), dimension)


def vector_column(cells: Sequence[bytes | None], kind: VectorColumn) -> "pa.Array[Any]":
    """pgvector's binary halfvecs [n] as a column of type `kind`; null stays null."""
    absent = np.array([cell is None for cell in cells], bool)
    values = np.zeros((len(cells), kind.list_size), kind.value_type.to_pandas_dtype())
    values[~absent] = unpack_half_vectors([cell for cell in cells if cell is not None], kind.list_size)
    return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), kind.list_size, mask=pa.array(absent))


def vectors(column: Any) -> NDArray[np.float32]:
    """A column of vectors without nulls, a ChunkedArray, as an array [n, d]."""
    flat = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return np.asarray(flat, np.float32).reshape(len(column), column.type.list_size)
