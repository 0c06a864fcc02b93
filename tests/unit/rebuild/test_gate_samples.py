"""The rows that both bundles are asked about are rows that a build accepts, drawn from the whole table."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from build_artifacts.indices.options import TableOptions
from build_artifacts.rebuild.samples import as_requests, sample_rows


@pytest.fixture
def table(tmp_path):
    rows = [
        {"id": f"c{i}", "bio": f"text {i}", "mail": f"{i}@x.example", "current": i % 2 == 0, "won": i % 3 == 0}
        for i in range(20_000)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "table.parquet")
    return TableOptions(
        str(tmp_path / "table.parquet"), "id", text_cols=("bio",), email_col="mail", current_col="current",
        high_value="won",
    )  # fmt: skip


def test_a_sample_has_the_wanted_size_and_only_current_rows_of_all_the_table(table) -> None:
    places = np.array([int(row["id"][1:]) for row in sample_rows(table, 400)])
    assert len(set(places)) == 400
    assert not (places % 2).any()
    counts = np.histogram(places, bins=8, range=(0, 20_000))[0]
    assert counts.min() > 20


def test_a_sample_is_the_same_each_time(table) -> None:
    assert sample_rows(table, 50) == sample_rows(table, 50) != sample_rows(table, 50, seed=1)


def test_a_small_table_is_its_own_sample(table, tmp_path) -> None:
    pq.write_table(pq.read_table(table.input_path)[:30], tmp_path / "small.parquet")
    from dataclasses import replace

    assert len(sample_rows(replace(table, input_path=str(tmp_path / "small.parquet")), 400)) == 15


def test_a_csv_file_is_drawn_from_as_well(tmp_path) -> None:
    (tmp_path / "table.csv").write_text("id,bio,score\n" + "".join(f"c{i},text,{i}\n" for i in range(100)))
    options = TableOptions(str(tmp_path / "table.csv"), "id", text_cols=("bio",), num_cols=("score",))
    assert len(sample_rows(options, 40)) == 40


def test_requests_name_themselves(table) -> None:
    (request,) = as_requests(sample_rows(table, 1), table)
    assert request["customer_id"] == request["id"]
    assert request["email"] == request["mail"]
