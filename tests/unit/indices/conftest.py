"""Small tables on disk and the options that read them."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from build_artifacts.indices.options import TableOptions


@pytest.fixture
def parquet(tmp_path):
    def write(rows, name="table.parquet"):
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / name)
        return str(tmp_path / name)

    return write


@pytest.fixture
def options():
    def make(path, **fields):
        return TableOptions(**{"input_path": path, "id_col": "id", "text_cols": ("bio",)} | fields)

    return make
