"""`--high-value`: a column, or a comparison."""

import pytest
from leadgen.errors import ConfigurationError

from build_artifacts.indices.label import HighValue


@pytest.mark.parametrize(
    ("expression", "cell", "expected"),
    [
        ("spend >= 50000", 50_000, True),
        ("spend >= 50000", "49999.9", False),
        ("spend <= 5", 5.0, True),
        ("spend > 5", 5, False),
        ("spend < 5", 4, True),
        ("spend<5", 4, True),
        ("spend == 5", "5.0", True),
        ("spend != 5", 5, False),
        ("spend > -1e3", 0, True),
        ("`spend` >= 5", 6, True),
        ("spend == won", " WON ", True),
        ("spend == 'won'", "won", True),
        ('spend == "closed won"', "Closed Won", True),
        ("spend != 'won'", "lost", True),
        ("spend == true", True, True),
        ("spend == true", False, False),
        ("spend == 1", True, True),
    ],
)
def test_a_comparison_holds_or_does_not(expression, cell, expected):
    high_value = HighValue.parse(expression)
    assert high_value.column == "spend"
    assert high_value.of({"spend": cell}) is expected


@pytest.mark.parametrize(
    "expression", ["spend >= 5", "spend == 5", "spend != 5", "spend == won", "spend != won", "spend"]
)
@pytest.mark.parametrize("cell", [None, float("nan")])
def test_a_missing_cell_is_no_answer(expression, cell):
    assert HighValue.parse(expression).of({"spend": cell}) is None
    assert HighValue.parse(expression).of({}) is None


def test_text_where_a_number_is_compared_is_no_answer():
    assert HighValue.parse("spend >= 5").of({"spend": "a lot"}) is None


@pytest.mark.parametrize("cell", [True, 1, 1.0, "1", "Yes", " TRUE ", "won", "y"])
def test_a_column_of_yes(cell):
    assert HighValue.parse(" tier ").of({"tier": cell}) is True


@pytest.mark.parametrize("cell", [False, 0, 0.0, "0", "no", "False", "lost", "N"])
def test_a_column_of_no(cell):
    assert HighValue.parse('"tier"').of({"tier": cell}) is False


@pytest.mark.parametrize("cell", ["maybe", 2, "", "2.5"])
def test_neither_yes_nor_no_is_no_answer(cell):
    assert HighValue.parse("tier").of({"tier": cell}) is None


@pytest.mark.parametrize("expression", ["", "  ", "spend >= a lot", "spend < 'x'"])
def test_an_unusable_expression_names_the_flag(expression):
    with pytest.raises(ConfigurationError, match="--high-value"):
        HighValue.parse(expression)
