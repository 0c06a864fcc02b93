"""Which rows are used, and what the file of rejected rows says of the others."""

import csv

import pytest
from leadgen.errors import InputError
from leadgen.features import ColumnPlan

from build_artifacts.indices.acceptance import Acceptance, Rejects, identifier
from build_artifacts.indices.label import HighValue
from build_artifacts.indices.staging import stage

PLAN = ColumnPlan(text=("bio",), numbers=("size",))
GOOD = {"id": "1", "bio": "x", "size": 1, "spend": 1}


@pytest.fixture
def acceptance():
    return Acceptance(PLAN, "id", HighValue.parse("spend >= 5"))


@pytest.mark.parametrize(
    ("change", "reason", "detail"),
    [
        ({"id": None}, "no id", "'id'"),
        ({"id": "  "}, "no id", "'id'"),
        ({"id": float("nan")}, "no id", "'id'"),
        ({"size": "many"}, "unreadable value", "'size' holds 'many'"),
        ({"size": float("inf")}, "unreadable value", "'inf'"),
        ({"bio": "n/a", "size": None}, "empty row", "says anything"),
        ({"spend": None}, "unreadable label", "'spend' holds 'None'"),
    ],
)
def test_a_row_is_rejected_for_a_reason(acceptance, change, reason, detail):
    found = acceptance.problem(GOOD | change)
    assert found is not None
    assert found[0] == reason
    assert detail in found[1]
    assert acceptance.problem(GOOD) is None


def test_the_first_usable_row_of_an_id_is_kept(acceptance):
    assert acceptance.problem(GOOD | {"bio": None, "size": None})[0] == "empty row"
    assert acceptance.problem(GOOD) is None
    assert acceptance.problem(GOOD | {"id": 1.0}) == ("duplicate id", "an earlier row has the id '1'")


@pytest.mark.parametrize(
    ("value", "text"), [(12.0, "12"), (12, "12"), (" a ", "a"), (1.5, "1.5"), (None, ""), (float("nan"), "")]
)
def test_ids_are_text(value, text):
    assert identifier(value) == text


def test_every_rejected_row_is_listed_with_its_number_id_and_reason(tmp_path, parquet, options):
    rows = [
        {"id": "a", "bio": "x"},
        {"id": None, "bio": "x"},
        {"id": "c", "bio": " "},
        {"id": "a", "bio": "y"},
        {"id": 'ü,\n"q"', "bio": None},
        {"id": "f", "bio": "z"},
    ]
    staged = stage(
        options(parquet(rows), max_rejected_share=0.9), tmp_path / "staged", tmp_path / "sub" / "rejects.csv"
    )
    with (tmp_path / "sub" / "rejects.csv").open(newline="", encoding="utf-8") as file:
        listed = list(csv.DictReader(file))
    assert [(r["row"], r["id"], r["reason"]) for r in listed] == [
        ("2", "", "no id"),
        ("3", "c", "empty row"),
        ("4", "a", "duplicate id"),
        ("5", 'ü,\n"q"', "empty row"),
    ]
    assert staged.rejected == {"no id": 1, "empty row": 2, "duplicate id": 1}
    assert (staged.rows, staged.read) == (2, 6)


def test_too_many_rejected_rows_stop_the_build(tmp_path, parquet, options):
    path = parquet([{"id": str(i), "bio": "x" if i % 4 else None} for i in range(100)])
    assert stage(options(path, max_rejected_share=0.25), tmp_path / "a", tmp_path / "rejects.csv").rows == 75
    with pytest.raises(InputError, match=r"25 of 100 rows .*empty row: 25.*--max-rejected-share 0\.24.*rejects\.csv"):
        stage(options(path, max_rejected_share=0.24), tmp_path / "b", tmp_path / "rejects.csv")


def test_malformed_lines_count_among_the_rows(tmp_path):
    with Rejects(tmp_path / "rejects.csv") as rejects:
        for _ in range(3):
            rejects.add(None, "", "malformed line", "line 1")
        with pytest.raises(InputError, match="3 of 4 rows"):
            rejects.refuse_above(0.5, 1)
