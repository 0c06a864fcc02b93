"""A description without its company's name, and nothing else changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from leadgen.duplicates import mask_name


@pytest.mark.parametrize(
    ("text", "names", "masked"),
    [
        ("Acme Robotics, Inc. makes arms.", ["Acme Robotics, Inc."], "the company makes arms."),
        ("ACME  ROBOTICS's arms", ["Acme Robotics, Inc."], "the company's arms"),
        ("Acme Robotics GmbH, a leader", ["Acme Robotics, Inc."], "the company, a leader"),
        ("by Acme Robotics Inc. The end", ["Acme Robotics"], "by the company. The end"),
        ("Acme-Robotics (Acme Robotics Ltd) x", ["Acme Robotics Ltd"], "the company (the company) x"),
        ("Acme Robotix", ["Acme Robotic"], "Acme Robotix"),
        ("Pacme Robotics", ["Acme Robotics"], "Pacme Robotics"),
        (
            "Abc (Thailand) Public Company Limited is",
            ["Abc (Thailand) Public Company Limited"],
            "the company is",
        ),
        ("Gestao Logistica and Gestão Logística", ["Gestão Logística S.A."], "the company and the company"),
        ("C++ (Tools) and c++ tools", ["C++ (Tools)"], "the company and the company"),
        ("The Group leads the group", ["The Group Ltd", "Group"], "The Group leads the group"),
        ("The Energy Group Ltd digs energy", ["The Energy Group Ltd"], "the company digs energy"),
        ("3M and HP", ["3M", "HP"], "3M and HP"),
        ("Visional as a leader", ["Visional"], "the company as a leader"),
        ("nothing here", [None, "", "   ", ".*", "()"], "nothing here"),
    ],
)
def test_the_own_name_is_replaced_and_ordinary_words_are_not(text: str, names: list[str | None], masked: str) -> None:
    assert mask_name(text, names) == masked


def test_several_names_are_replaced_by_the_given_text_longest_first() -> None:
    masked = mask_name("Acme Robotics and Acme", ["Acme", "Acme Robotics"], replacement="X")
    assert masked == "X and X"


def test_composed_and_decomposed_letters_match() -> None:
    assert mask_name("Societe\u0301 Ge\u0301ne\u0301rale here", ["Société Générale"]) == "the company here"


@given(st.text(st.characters(), max_size=100), st.lists(st.text(st.characters(), max_size=20), max_size=3))
def test_any_text_and_any_name_are_masked_without_an_error(text: str, names: list[str]) -> None:
    assert mask_name(text, names) == mask_name(text, names)


@pytest.mark.parametrize(
    ("unit", "name", "masked"),
    [
        ("a ", "a a a a a a a z", "a "),
        ("acme ", "Acme", "the company "),
        ("acme Inc. ", "Acme", "the company "),
        ("İ ", "İİİ", "İ "),
        (".acme.", "Acme x", ".acme."),
    ],
)
def test_a_megabyte_of_repeated_near_matches_is_masked_in_linear_time(unit: str, name: str, masked: str) -> None:
    count = 1_000_000 // len(unit)
    assert mask_name(unit * count + "|", [name]) == masked * count + "|"
