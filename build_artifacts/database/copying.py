"""Rows packed for binary COPY, column by column.

The format is that of https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-BINARY-FORMAT: each field is its
length in 4 bytes, or -1 for null, and its value in network byte order. What follows here from values is one packed
field for each row, or several fields that stand side by side.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import chain, repeat
from struct import Struct
from typing import Any, Literal

import numpy as np
import psycopg
from leadgen.database.connection import is_connection_lost, lost
from numpy.typing import ArrayLike, NDArray
from sqlalchemy import Connection

from .half_vectors import pack_half_vectors
from .storable import storable, storable_json

_NULL = b"\xff\xff\xff\xff"
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_COUNT, _LENGTH = Struct(">h"), Struct(">i")
_JSONB_VERSION = b"\x01"
_ROWS_AT_ONCE = 512

Fields = Sequence[bytes | memoryview]
Columns = Mapping[str, Fields]
"""Packed fields by the name of their column, or by several names, separated by commas, where fields hold several."""
Number = Literal["i4", "i8", "f4"]


def copy_rows(connection: Connection, table: str, columns: Columns) -> None:
    """Append rows, within the connection's transaction; raises DatabaseUnavailableError where the server goes away.

    `table` and the columns' names are code, not data.
    """
    driver: Any = connection.connection.dbapi_connection
    try:
        with (
            driver.cursor() as cursor,
            cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)") as copy,
        ):
            for block in binary_blocks(columns):
                copy.write(block)
    except psycopg.Error as error:
        if is_connection_lost(error):
            raise lost(error) from error
        raise


def binary_blocks(columns: Columns) -> list[bytes]:
    """The bytes that COPY reads: a header, blocks of rows, and a trailer."""
    n_fields = _COUNT.pack(sum(names.count(",") + 1 for names in columns))
    fields = list(columns.values())
    blocks = [_HEADER]
    for start in range(0, len(fields[0]), _ROWS_AT_ONCE):
        part = [column[start : start + _ROWS_AT_ONCE] for column in fields]
        blocks.append(b"".join(chain.from_iterable(zip(repeat(n_fields, len(part[0])), *part, strict=True))))
    return [*blocks, _TRAILER]


def texts(values: Sequence[str | None]) -> Fields:
    """A column of text; what PostgreSQL cannot keep is replaced (see `storable`)."""
    packed = {value: _NULL if value is None else _field(storable(value).encode()) for value in set(values)}
    return [packed[value] for value in values]


def json_texts(values: Sequence[Any]) -> Fields:
    """A column of jsonb."""
    return [_field(_JSONB_VERSION + json.dumps(storable_json(value), allow_nan=False).encode()) for value in values]


def numbers(values: ArrayLike, dtype: Number) -> Fields:
    """A column of integers or floats."""
    array = np.asarray(values)
    return side_by_side(len(array), (array, dtype))


def numbers_or_null(values: Sequence[float | None], dtype: Number) -> Fields:
    """The same, None becomes null."""
    present = {row: value for row, value in enumerate(values) if value is not None}
    return with_nulls(numbers(list(present.values()), dtype), list(present), len(values))


def half_vectors(vectors: NDArray[np.floating[Any]]) -> Fields:
    """A column of halfvec from floats [n, d]; see `pack_half_vectors`."""
    return side_by_side(len(vectors), vectors)


def side_by_side(n: int, *columns: tuple[ArrayLike, Number] | NDArray[np.floating[Any]]) -> Fields:
    """Columns of n rows whose fields are all of one width, as one: numbers, one for all rows will do, or vectors."""
    values = [_values(column) for column in columns]
    layout: list[Any] = []
    for i, (array, dtype) in enumerate(values):
        layout += [(f"length{i}", ">i4"), (f"value{i}", f">{dtype}", array.shape[1:])]
    rows = np.empty(n, layout)
    for i, (array, _) in enumerate(values):
        rows[f"length{i}"] = rows.dtype[f"value{i}"].itemsize
        rows[f"value{i}"] = array
    size, data = rows.itemsize, memoryview(rows.view(np.uint8).data)
    return [data[start : start + size] for start in range(0, len(data), size)]


def with_nulls(fields: Fields, rows: Sequence[int], n: int, columns: int = 1) -> Fields:
    """n rows: the packed ones at `rows`, null in each of the columns elsewhere."""
    out: list[bytes | memoryview] = [_NULL * columns] * n
    for row, field in zip(rows, fields, strict=True):
        out[row] = field
    return out


def _values(column: tuple[ArrayLike, Number] | NDArray[np.floating[Any]]) -> tuple[NDArray[Any], str]:
    if isinstance(column, tuple):
        return np.asarray(column[0]), column[1]
    return pack_half_vectors(column), "u1"


def _field(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value
