"""What a build says of a table's columns: leaks, an example request, what is filtered and shown."""

import numpy as np
import pytest
from leadgen.features import ColumnPlan

from build_artifacts.indices.examples import example_row
from build_artifacts.indices.fit_space import fit_space
from build_artifacts.indices.leaks import leak_warnings
from build_artifacts.indices.options import TableOptions
from build_artifacts.indices.row_columns import filter_kinds, filter_values, shown_columns
from build_artifacts.indices.staging import stage

PLAN = ColumnPlan(categories=("kind", "owner", "note"), numbers=("size", "paid", "gap"))


@pytest.fixture(scope="module")
def labelled():
    rng = np.random.default_rng(0)
    labels = rng.random(400) < 0.3
    rows = [
        {
            "kind": str(rng.choice(["a", "b"])),
            "owner": "account manager" if y else "none yet",
            "note": f"unique {i}",
            "size": float(rng.normal(y, 1)),
            "paid": -float(y) + rng.normal(0, 0.1),
            "gap": None,
        }
        for i, y in enumerate(labels)
    ]
    return rows, labels


def test_columns_that_know_the_answer_are_named(labelled):
    rows, labels = labelled
    warnings = leak_warnings(rows, labels, PLAN)
    assert [warning.split("'")[1] for warning in warnings] == ["owner", "paid"]
    assert all("AUC" in warning and "Leave it out" in warning for warning in warnings)


def test_values_that_occur_once_are_no_leak(labelled):
    rows, labels = labelled
    assert not any("'note'" in warning for warning in leak_warnings(rows, labels, PLAN))


def test_one_kind_of_label_is_no_leak(labelled):
    assert leak_warnings(labelled[0], np.zeros(400, bool), PLAN) == []


def test_an_example_is_made_of_what_is_frequent_and_of_no_row():
    plan = ColumnPlan(text=("bio",), categories=("kind", "empty"), numbers=("size", "gap"))
    rows = [
        {"bio": f"wind turbines {i % 5} storage", "kind": "Solar" if i % 3 else "Wind", "size": i / 7}
        for i in range(40)
    ]
    passages = [row["bio"] for row in rows]
    space = fit_space(rows, passages, np.eye(40, 8, dtype=np.float32), plan, 4, 0)
    example = example_row(rows, plan, space)
    assert set(example) == {"bio", "kind", "size"}
    assert (example["kind"], example["size"]) == ("Solar", 2.786)
    assert set(example["bio"].split(", ")) == {"wind", "turbines", "storage"}


@pytest.fixture
def staged(tmp_path, parquet):
    rows = [{"id": 1, "bio": "x", "kind": "a", "size": "3.5", "employees": 7, "city": "Oulu", "email": "a@b.c"}]

    def make(**fields):
        table = TableOptions(
            **{"input_path": parquet(rows), "id_col": "id", "text_cols": ("bio",), "email_col": "email"} | fields
        )
        return table, stage(table, tmp_path / "staged", tmp_path / "rejects.csv")

    return make


def test_categories_and_numbers_are_filtered_and_shown_by_default(staged):
    table, rows = staged(cat_cols=("kind", "absent"), num_cols=("size",), name_col="city")
    assert filter_kinds(table, rows) == {"kind": "category", "size": "number"}
    assert shown_columns(table, rows) == ("city", "kind", "size")


def test_columns_to_filter_and_show_can_be_named(staged):
    table, rows = staged(cat_cols=("kind",), filter_cols=("employees", "city", "absent"), show_cols=("email", "absent"))
    assert filter_kinds(table, rows) == {"employees": "number", "city": "category"}
    assert shown_columns(table, rows) == ("email",)


def test_a_category_that_is_written_as_a_number_is_filtered_as_a_category(staged):
    table, rows = staged(cat_cols=("employees",))
    assert filter_kinds(table, rows) == {"employees": "category"}


def test_numbers_written_as_text_are_filtered_as_numbers(staged):
    table, rows = staged(num_cols=("size",), cat_cols=("kind",))
    kinds = filter_kinds(table, rows)
    read = [row for batch in rows.batches() for row in batch.rows]
    assert filter_values([*read, {"size": None}], kinds, table.plan) == {"kind": ["a", None], "size": [3.5, None]}
