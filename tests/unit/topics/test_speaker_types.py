"""Who speaks in a call."""

from pathlib import Path

import pandas as pd
import pytest
from leadgen.errors import InputError

from build_artifacts.topics.reading import TranscriptOptions
from build_artifacts.topics.reading.people import name_words, same_person, type_of_role
from build_artifacts.topics.reading.speakers import Speech, read_participants, speaker_types

PREPARED, QUESTIONS = "Prepared Remarks", "q_and_a"
CALL = [
    Speech("Operator", None, PREPARED, "Welcome."),
    Speech("Ann B. Lee", None, PREPARED, "Sales rose."),
    Speech("Operator", None, QUESTIONS, "Our first question comes from the line of Bo Hu with Acme Securities."),
    Speech("Bo Hu", None, QUESTIONS, "What of margins?"),
    Speech("Ann B. Lee", None, QUESTIONS, "They rose, too."),
    Speech("Cy Poe", None, QUESTIONS, "I would add that costs fell."),
]


def test_without_participants_only_evidence_counts() -> None:
    assert speaker_types(CALL, {}) == ["operator", "executive", "operator", "analyst", "executive", "other"]


def test_participants_tell_who_the_others_are() -> None:
    assert speaker_types(CALL, {name_words("Cyrus Poe"): "executive"})[-1] == "executive"


def test_who_asks_without_being_announced_is_no_analyst() -> None:
    call = [*CALL, Speech("Di Fox", None, QUESTIONS, "Shall we take that offline?")]

    assert speaker_types(call, {})[-1] == "other"


def test_without_sections_the_questions_start_with_the_first_that_is_announced() -> None:
    call = [Speech(said.speaker, None, None, said.text) for said in CALL]

    assert speaker_types(call, {}) == speaker_types(CALL, {})


def test_a_role_says_more_than_a_section() -> None:
    assert speaker_types([Speech("Bo Hu", "Acme Securities -- Analyst", PREPARED, "Hello.")], {}) == ["analyst"]


def test_a_row_without_speaker_and_role_has_no_type() -> None:
    assert speaker_types([Speech(None, None, PREPARED, "Hello.")], {}) == [None]


@pytest.mark.parametrize(
    ("spoken", "listed"),
    [
        ("David Young", "David A. Young"),
        ("Leslie N. Lunak", "Leslie Lunak"),
        ("Dan Amos", "Daniel P. Amos"),
        ("Jürgen Müller, CFA", "Jurgen Muller"),
        ("Joe O'Dea", "Joe O’Dea"),
        ("Stephen Barnidge", "Steven Barnige"),
    ],
)
def test_a_person_is_found_under_another_spelling(spoken: str, listed: str) -> None:
    assert same_person(name_words(spoken), {name_words(listed): "analyst"}) == "analyst"


def test_two_people_alike_of_different_types_are_not_told_apart_by_guessing() -> None:
    people = {name_words("Daniel Amos"): "executive", name_words("Dora Amos"): "analyst"}

    assert same_person(name_words("Dan Amos"), people) is None  # type: ignore[arg-type]
    assert same_person(name_words("Dora Amos"), people) == "analyst"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("Executive Vice President and Chief Financial Officer", "executive"),
        ("Vice President of Investor Relations", "executive"),
        ("Acme Securities -- Analyst", "analyst"),
        ("Acme Securities -- Managing Director", "analyst"),
        ("Conference Operator", "operator"),
        ("", None),
        ("Guest", None),
    ],
)
def test_a_role_says_who_speaks(role: str, expected: str | None) -> None:
    assert type_of_role(role) == expected


def test_participants_without_their_column_are_refused_with_the_columns_there_are(tmp_path: Path) -> None:
    pd.DataFrame({"doc_id": ["a"], "people": ["Ann Lee--Officer"]}).to_csv(tmp_path / "people.csv", index=False)

    with pytest.raises(InputError, match=r"people\.csv has no column 'participant'; it has doc_id, people"):
        read_participants(TranscriptOptions("x", participants_path=str(tmp_path / "people.csv")), "doc_id")
