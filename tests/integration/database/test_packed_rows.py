"""The server reads packed rows as the values they were packed from."""

from collections.abc import Callable

import numpy as np
import pytest
from leadgen.errors import InputError
from sqlalchemy import Engine, select, text

from build_artifacts.database.copying import copy_rows, half_vectors, json_texts, numbers_or_null, side_by_side, texts
from build_artifacts.database.half_vectors import as_bytes, pack_half_vectors, unpack_half_vectors

Rows = Callable[..., list[tuple[object, ...]]]


def test_numbers_texts_json_and_nulls_arrive(engine: Engine, rows: Rows) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (a int, b bigint, c real, d text, e jsonb, f int)"))
        columns = {
            "a, b, c": side_by_side(3, (7, "i4"), ([-(2**40), 0, 2**62], "i8"), ([0.5, -1e30, 0], "f4")),
            "d": texts(["", None, "naïve 🦄\n\t\\N"]),
            "e": json_texts([[["a", 0.5]], {}, "x\0"]),
            "f": numbers_or_null([None, -1, 2**31 - 1], "i4"),
        }
        copy_rows(connection, "t", columns)
    assert rows("SELECT a, b, d, e, f FROM t") == [
        (7, -(2**40), "", [["a", 0.5]], None),
        (7, 0, None, {}, -1),
        (7, 2**62, "naïve 🦄\n\t\\N", "x\ufffd", 2**31 - 1),
    ]
    assert rows("SELECT c FROM t WHERE c = ANY (ARRAY[0.5, -1e30, 0]::real[])") != []


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_half_vectors_arrive_as_pgvector_itself_would_write_them(engine: Engine, rows: Rows, dtype: type) -> None:
    vectors = np.array([[1, -2.5, 0], [65504, 6e-8, -0.0], [1 / 3, 1e-9, 3.14159]], dtype)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE v (given halfvec, expected halfvec)"))
        copy_rows(connection, "v", {"given": half_vectors(vectors)})
        sent = connection.execute(select(as_bytes(text("given"))).select_from(text("v"))).scalars().all()
    halves = vectors.astype(np.float16)
    expected = [str([float(value) for value in row]) for row in halves]
    for row, (found,) in zip(expected, rows("SELECT given::text FROM v"), strict=True):
        assert rows("SELECT CAST(:a AS halfvec) = CAST(:b AS halfvec)", a=row, b=found) == [(True,)]
    assert (unpack_half_vectors(sent, 3) == halves).all()


def test_numbers_too_large_for_16_bits_are_refused() -> None:
    for value in (1e6, np.inf, np.nan):
        with pytest.raises(InputError, match="16 bits"):
            pack_half_vectors(np.array([[0, value]], np.float32))


def test_more_rows_than_a_block_holds_arrive_in_order(engine: Engine, rows: Rows) -> None:
    values = list(range(2000))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (a int, b text)"))
        copy_rows(connection, "t", {"a": side_by_side(2000, (values, "i4")), "b": texts([str(v) for v in values])})
    assert rows("SELECT a, b FROM t") == [(value, str(value)) for value in values]
