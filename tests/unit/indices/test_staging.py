"""The accepted rows of a table, in order, with labels, passages and a snapshot of their content."""

import logging

import numpy as np
import pytest
from leadgen.errors import InputError

from build_artifacts.indices import staging
from build_artifacts.indices.staging import stage


def rows_of(staged):
    return [row for batch in staged.batches() for row in batch.rows]


def staged_of(tmp_path, options):
    return stage(options, tmp_path / "staged", tmp_path / "rejects.csv")


def test_rows_labels_and_passages_stay_together(tmp_path, parquet, options, monkeypatch):
    monkeypatch.setattr(staging, "BATCH_ROWS", 7)
    rows = [{"id": i, "bio": f"text {i}" if i % 9 else None, "spend": i} for i in range(50)]
    staged = staged_of(tmp_path, options(parquet(rows), high_value="spend >= 20"))
    kept = [row for row in rows if row["bio"]]
    assert [row["id"] for row in rows_of(staged)] == [str(row["id"]) for row in kept]
    assert [p for batch in staged.batches() for p in batch.passages] == [row["bio"] for row in kept]
    assert staged.labels.tolist() == [row["spend"] >= 20 for row in kept]
    starts = [batch.span for batch in staged.batches()]
    assert len(starts) > 5
    assert [span.start for span in starts[1:]] == [span.stop for span in starts[:-1]]
    wanted = np.array([0, 6, 7, 30, 43])
    assert [row["id"] for row in staged.take(wanted).rows] == [str(kept[i]["id"]) for i in wanted]


@pytest.mark.parametrize("current", [True, 1, 1.0, "true", "TRUE ", "t", "Yes", "y", "1", "1.0"])
@pytest.mark.parametrize("old", [False, 0, "false", "N", "", None, "superseded"])
def test_only_current_versions_enter(tmp_path, options, current, old):
    path = tmp_path / "t.csv"
    path.write_text(f"id,bio,now\n1,x,{current}\n1,y,{'' if old is None else old}\n")
    staged = staged_of(tmp_path, options(str(path), current_col="now"))
    assert [row["bio"] for row in rows_of(staged)] == ["x"]
    assert (staged.not_current, staged.rejected) == (1, {})


def test_booleans_and_numbers_of_parquet_say_what_is_current(tmp_path, parquet, options):
    rows = [{"id": i, "bio": "x", "now": i % 3 == 0} for i in range(9)]
    assert staged_of(tmp_path, options(parquet(rows), current_col="now")).rows == 3
    rows = [{"id": i, "bio": "x", "now": float(i % 2)} for i in range(9)]
    assert staged_of(tmp_path, options(parquet(rows), current_col="now")).rows == 4


def test_ids_read_as_fractions_are_whole_again(tmp_path, parquet, options):
    rows = [{"id": 12.0, "bio": "x"}, {"id": None, "bio": "y"}, {"id": 13.0, "bio": "z"}]
    staged = staged_of(tmp_path, options(parquet(rows), max_rejected_share=0.5))
    assert [row["id"] for row in rows_of(staged)] == ["12", "13"]


def test_the_snapshot_is_that_of_the_accepted_rows(tmp_path, parquet, options):
    rows = [{"id": i, "bio": f"text {i}"} for i in range(20)]
    same = staged_of(tmp_path, options(parquet(rows))).snapshot
    assert staged_of(tmp_path, options(parquet([*rows, {"id": None, "bio": "x"}]))).snapshot == same
    rows[7] = {"id": 7, "bio": "other"}
    assert staged_of(tmp_path, options(parquet(rows))).snapshot != same


def test_an_absent_feature_is_zero_filled_with_a_warning_that_names_it(tmp_path, parquet, options, caplog):
    path = parquet([{"id": 1, "bio": "x"}])
    with caplog.at_level(logging.WARNING):
        staged = staged_of(tmp_path, options(path, cat_cols=("industry",), num_cols=("size",)))
    assert len(staged.warnings) == len(caplog.records) == 2
    assert all(word in staged.warnings[0] for word in (path, "'industry'", "zero-filled"))
    assert "'size'" in caplog.text
    assert staged.columns == ("id", "bio")


def test_an_absent_default_column_is_no_warning_but_a_named_one_is(tmp_path, parquet, options):
    table = options(
        parquet([{"id": 1, "bio": "x"}]), current_col="is_current", city_col="town", mask_cols=("short_name",),
        named=frozenset({"town"}),
    )  # fmt: skip
    assert [warning.rsplit("column ", 1)[1] for warning in staged_of(tmp_path, table).warnings] == [
        "'town': it is left out"
    ]


def test_a_file_of_pairs_is_no_absent_column(tmp_path, parquet, options):
    table = options(parquet([{"id": 1, "bio": "x"}]), similar_by="pairs.csv", named=frozenset({"pairs.csv"}))
    assert staged_of(tmp_path, table).warnings == ()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id_col": "key"}, r"no column 'key' \(--id-col\); it has id, bio"),
        ({"high_value": "spend >= 5"}, r"no column 'spend' \(--high-value\)"),
        ({"text_cols": ("a",), "cat_cols": ("b",)}, "none of the columns a, b.*--text-cols"),
    ],
)
def test_a_column_that_cannot_be_done_without_is_named(tmp_path, parquet, options, fields, message):
    path = parquet([{"id": 1, "bio": "x"}])
    with pytest.raises(InputError, match=message) as error:
        staged_of(tmp_path, options(path, **fields))
    assert path in str(error.value)


def test_a_table_without_usable_rows_is_refused(tmp_path, parquet, options):
    path = parquet([{"id": 1, "bio": None}, {"id": 2, "bio": "-"}])
    with pytest.raises(InputError, match=r"table\.parquet: none of 2 rows can be used.*rejects\.csv"):
        staged_of(tmp_path, options(path, max_rejected_share=1.0))


def test_which_columns_hold_numbers_is_known_from_the_file(tmp_path, parquet, options):
    path = parquet([{"id": 1, "bio": "x", "a": 1, "b": 1.5, "c": True, "d": "1"}])
    assert staged_of(tmp_path, options(path, show_cols=("a", "b", "c", "d"))).numbers == {"id", "a", "b"} - {"id"}
