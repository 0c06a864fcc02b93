"""pgvector's halfvec as bytes, both ways, for many vectors at once.

Its binary form is the dimension and an unused zero, 2 bytes each, then float16 values, all in network byte order
(https://github.com/pgvector/pgvector/blob/v0.8.0/src/halfvec.c, `halfvec_recv`).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from leadgen.errors import InputError
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, LargeBinary, func

_HEADER_BYTES = 4


def pack_half_vectors(vectors: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """Vectors [n, d], rounded to float16, as bytes [n, 4 + 2 d].

    Raises InputError for numbers that are not finite in 16 bits, which the server would refuse.
    """
    n, dimension = vectors.shape
    with np.errstate(over="ignore"):
        halves = vectors.astype(np.float16)
    if not np.isfinite(halves).all():
        raise InputError("an embedding holds numbers that are not finite in 16 bits; the text model cannot be used")
    rows = np.empty((n, _HEADER_BYTES // 2 + dimension), ">u2")
    rows[:, 0], rows[:, 1] = dimension, 0
    rows[:, 2:] = halves.view(np.uint16)
    return rows.view(np.uint8)


def as_bytes(column: Any) -> ColumnElement[bytes]:
    """A halfvec column or expression, to be selected in its binary form."""
    return func.halfvec_send(column, type_=LargeBinary)


def unpack_half_vectors(rows: Sequence[bytes], dimension: int) -> NDArray[np.float32]:
    """What `as_bytes` selected, [n, dimension]."""
    packed = np.frombuffer(b"".join(rows), ">f2").reshape(len(rows), _HEADER_BYTES // 2 + dimension)
    return packed[:, 2:].astype(np.float32)
