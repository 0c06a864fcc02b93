"""Names of people: what counts as the same, what only sounds the same, and what does neither."""

import pytest
from leadgen.duplicates.person import person_keys, person_words


def shared_rules(one: str, other: str) -> set[str]:
    return {rule for rule, _ in set(person_keys(one, ["acme"])) & set(person_keys(other, ["acme"]))}


@pytest.mark.parametrize(
    ("one", "other"),
    [("José Núñez", "NUNEZ, Jose"), ("Dr. Jane Smith", "Smith Jane"), ("Łukasz Øst", "Lukasz Ost")],
)
def test_order_case_titles_and_diacritics_do_not_matter(one: str, other: str) -> None:
    assert "name_company" in shared_rules(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kristina Meyer", "Christina Mayer"),
        ("Catherine Smith", "Katherine Smyth"),
        ("Jon Reed", "John Read"),
    ],
)
def test_typing_errors_still_sound_alike(one: str, other: str) -> None:
    assert "name_company" not in shared_rules(one, other)
    assert "name_company_sound" in shared_rules(one, other)


def test_an_initial_stands_for_a_name() -> None:
    assert shared_rules("J. Smith", "Jane Smith") == {"name_company_initial"}
    assert shared_rules("Jane Q Smith", "Jane Smyth") == {"name_company_initial"}


def test_different_people_share_nothing() -> None:
    assert shared_rules("Jane Smith", "Robert Jones") == set()
    assert shared_rules("Jane Smith", "Mary Smith") == set()


def test_keys_belong_to_their_scope() -> None:
    assert not set(person_keys("Jane Smith", ["acme"])) & set(person_keys("Jane Smith", ["other"]))
    assert person_keys("Jane Smith", []) == person_keys("", ["acme"]) == person_keys(None, ["acme"]) == []


def test_a_name_of_titles_or_of_another_script_keeps_its_words() -> None:
    assert person_words("Dr. Prof.") == ["dr", "prof"]
    assert shared_rules("山田 太郎", "太郎 山田") >= {"name_company", "name_company_sound"}
    assert shared_rules("山田 太郎", "鈴木 一郎") == set()
