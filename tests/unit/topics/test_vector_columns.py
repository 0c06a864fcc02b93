import numpy as np
import pyarrow as pa
import pytest

from build_artifacts.database.half_vectors import pack_half_vectors
from build_artifacts.topics.export.tables import exported, write_tables
from build_artifacts.topics.export.vector_columns import vector_column, vector_type, vectors

NUMBERS = np.array([[0.5, -1.25, 3.0], [0.1, 0.2, 0.3]])


def cells():
    return [bytes(row) for row in pack_half_vectors(NUMBERS)]


@pytest.mark.parametrize(("kind", "type_"), [("float16", pa.float16()), ("float32", pa.float32())])
def test_vectors_come_back_as_they_are_stored_and_null_stays_null(kind, type_):
    first, second = cells()

    column = vector_column([first, None, second], vector_type(kind, 3))

    assert column.type == pa.list_(type_, 3)
    assert column.is_null().to_pylist() == [False, True, False]
    assert column[0].as_py() == [0.5, -1.25, 3.0]
    assert np.allclose(np.array(column[2].as_py(), float), NUMBERS[1], atol=1e-4)


def test_a_column_of_nulls_and_an_empty_one_have_the_type():
    assert vector_column([None], vector_type("float16", 3)).null_count == 1
    assert vectors(pa.chunked_array([vector_column([], vector_type("float32", 3))])).shape == (0, 3)


def test_vectors_are_left_out_where_none_are_wanted():
    table = pa.table({"id": [1, 2], "embedding": vector_column(cells(), vector_type("float32", 3))})

    assert exported(table, "none").column_names == ["id"]
    assert exported(table, "float16").schema.field("embedding").type == pa.list_(pa.float16(), 3)


def test_many_small_tables_become_few_row_groups(tmp_path):
    table = pa.table({"id": list(range(700))})

    rows = write_tables((table for _ in range(50)), table.schema, tmp_path / "ids.parquet")

    file = pa.parquet.ParquetFile(tmp_path / "ids.parquet")
    assert rows == file.metadata.num_rows == 35_000
    assert file.num_row_groups <= 4
    assert file.read()["id"].to_pylist() == list(range(700)) * 50


def test_no_tables_at_all_are_an_empty_file(tmp_path):
    schema = pa.schema([("id", pa.int64())])

    assert write_tables([], schema, tmp_path / "ids.parquet") == 0
    assert pa.parquet.read_table(tmp_path / "ids.parquet").schema == schema
