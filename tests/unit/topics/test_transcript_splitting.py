"""Turns of speakers into sentences, and the many ways to write a quarter."""

import pytest

from build_artifacts.topics.reading.quarter_names import quarter_name
from build_artifacts.topics.reading.splitting import LONGEST, sentences


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        ("Sales rose. Costs fell.", ["Sales rose.", "Costs fell."]),
        ("Is that fair? Yes! Thanks.", ["Is that fair?", "Yes!", "Thanks."]),
        ("We grew 3.5% in Q1. Margins held.", ["We grew 3.5% in Q1.", "Margins held."]),
        ("In the U.S. Treasury market we were early.", ["In the U.S. Treasury market we were early."]),
        ("We are strong in the U.S. We are small in Asia.", ["We are strong in the U.S.", "We are small in Asia."]),
        ("Acme, Inc. Group sales rose.", ["Acme, Inc. Group sales rose."]),
        ("We bought Acme, Inc. It is small.", ["We bought Acme, Inc.", "It is small."]),
        ("Mr. Lee and Dr. J. P. Hart joined.", ["Mr. Lee and Dr. J. P. Hart joined."]),
        ("It is our No. 1 brand. No. We left.", ["It is our No. 1 brand.", "No.", "We left."]),
        ("Tools, e.g. Saws, sold well.", ["Tools, e.g. Saws, sold well."]),
        ('He said: "Go on." Then he left.', ['He said: "Go on."', "Then he left."]),
        ("It was... odd. So... We waited.", ["It was... odd.", "So...", "We waited."]),
        ("Welcome. [Operator Instructions] Please go on.", ["Welcome.", "[Operator Instructions]", "Please go on."]),
        ("A heading\nA sentence follows here", ["A heading", "A sentence follows here"]),
        ("Visit acme.com for more. 2021 was good.", ["Visit acme.com for more.", "2021 was good."]),
        (" \n ", []),
    ],
)
def test_a_turn_is_split_where_a_reader_would(turn: str, expected: list[str]) -> None:
    assert list(sentences(turn)) == expected


def test_words_without_punctuation_are_cut_between_words_and_none_is_lost() -> None:
    turn = "and so we went on " * 200

    parts = list(sentences(turn))

    assert max(map(len, parts)) <= LONGEST
    assert " ".join(parts).split() == turn.split()


@pytest.mark.parametrize(
    ("value", "year"),
    [
        ("2021Q3", None),
        ("2021-Q3", None),
        (" q3 2021 ", None),
        ("Q3-2021", None),
        ("3Q2021", None),
        ("FY2021 Q3", None),
        ("2021-09-30", None),
        ("2021-07-01 00:00:00", None),
        ("3", "2021"),
        ("Q3", "2021"),
        ("3.0", "2021.0"),
    ],
)
def test_every_spelling_of_a_quarter_is_one_quarter(value: str, year: str | None) -> None:
    assert quarter_name(value, year) == "2021Q3"


@pytest.mark.parametrize("value", ["3", "2021", "2021Q5", "2021-13-01", "", "n/a"])
def test_what_is_no_quarter_is_none(value: str) -> None:
    assert quarter_name(value) is None
