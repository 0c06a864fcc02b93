"""How raw cells are read: text, categories, numbers, and what counts as no value."""

import pytest
from leadgen.features import ColumnPlan

PLAN = ColumnPlan(text=("bio",), categories=("industry",), numbers=("spend",))


@pytest.mark.parametrize(
    "cell", [None, float("nan"), "", "  ", "-", "N/A", "null", "Select", " SELECT ", "unknown", "\x00"]
)
def test_spellings_of_no_value_say_nothing(cell):
    assert PLAN.text_value(cell) is None
    assert PLAN.category_value(cell) is None
    assert PLAN.number_value(cell) is None
    assert PLAN.readable("spend", cell)
    assert PLAN.is_empty({"bio": cell, "industry": cell, "spend": cell})


def test_the_users_own_spellings_replace_the_usual_ones():
    plan = ColumnPlan(text=("bio",), missing_values=("", "keine angabe"))
    assert plan.text_value("Keine Angabe") is None
    assert plan.text_value("select") == "select"


def test_control_characters_and_lone_surrogates_become_spaces_and_emoji_stay():
    assert PLAN.text_value("a\x00b\x1fc\x7fd\ud83de") == "a b c d e"
    assert PLAN.text_value("🦄 unicorns\n\tעברית") == "🦄 unicorns\n\tעברית"


@pytest.mark.parametrize(
    ("cell", "category"),
    [("Real  Estate ", "real estate"), (3.0, "3"), (3.5, "3.5"), (7, "7"), (True, "true"), ("STRASSE", "strasse")],
)
def test_spelling_does_not_make_a_new_category(cell, category):
    assert PLAN.category_value(cell) == category


@pytest.mark.parametrize(
    ("cell", "number"),
    [("3.5", 3.5), (" 4 ", 4.0), (True, 1.0), ("1e3", 1000.0), ("x", None), (float("inf"), None), ("nan", None)],
)
def test_numbers_are_finite_or_absent(cell, number):
    assert PLAN.number_value(cell) == number


def test_a_number_beyond_floats_is_absent():
    assert PLAN.number_value(10**400) is None


@pytest.mark.parametrize("cell", ["twelve", "inf", float("inf"), "1,5", [1]])
def test_what_is_neither_number_nor_missing_is_unreadable(cell):
    assert not PLAN.readable("spend", cell)
    assert PLAN.readable("industry", cell)


def test_texts_are_joined_into_one_passage():
    plan = ColumnPlan(text=("title", "bio"))
    assert plan.passage({"title": "Buyer", "bio": " likes trucks "}) == "Buyer. likes trucks"
    assert plan.passage({"title": None, "bio": "x"}) == "x"
    assert plan.passage({}) == ""


def test_a_rows_own_name_and_place_are_taken_out_of_its_passage():
    plan = ColumnPlan(text=("about",), mask=("name", "city"))
    row = {"about": "Vestas Wind A/S of Aarhus makes turbines", "name": "Vestas Wind A/S", "city": "Aarhus"}
    passage = plan.passage(row)
    assert "makes turbines" in passage
    assert "Vestas" not in passage
    assert "Aarhus" not in passage
    assert plan.passage(row | {"name": None, "city": None}) == row["about"]


def test_a_passage_that_was_only_the_own_name_is_empty():
    plan = ColumnPlan(text=("title", "about"), mask=("name",))
    assert plan.passage({"title": "Vestas Wind", "about": "Vestas Wind.", "name": "Vestas Wind"}) == ""


def test_one_value_in_any_column_makes_a_row_usable():
    assert not PLAN.is_empty({"bio": "x"})
    assert not PLAN.is_empty({"industry": "x"})
    assert not PLAN.is_empty({"spend": 0})
    assert PLAN.is_empty({"other": "x", "spend": "x"})


def test_features_are_texts_then_categories_then_numbers():
    assert PLAN.features == ("bio", "industry", "spend")
