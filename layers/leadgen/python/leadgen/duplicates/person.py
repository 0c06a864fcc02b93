"""Keys of a person's name that survive typing errors; they only ever flag, and only within one company."""

import re
from collections.abc import Sequence
from functools import lru_cache

from leadgen.duplicates.folding import words

_MAX_NAME = 300
_MAX_WORDS = 8
_TITLES_TEXT = """
mr mrs ms miss mx dr prof professor sir dame ir ing dipl herr frau mme mlle sr sra jr ii iii iv phd md mba
cpa esq
"""
_TITLES = frozenset(_TITLES_TEXT.split())
_SOUNDS = {
    **dict.fromkeys("bfpv", "1"),
    **dict.fromkeys("cgjkqsxz", "2"),
    **dict.fromkeys("dt", "3"),
    "l": "4",
    **dict.fromkeys("mn", "5"),
    "r": "6",
    **dict.fromkeys("hw", ""),
}
_REPEATS = re.compile(r"(.)\1+")


def person_words(name: str | None) -> list[str]:
    """Folded words of a name, given name first, titles dropped; "Smith, Dr. Jane" → ["jane", "smith"]."""
    if not name:
        return []
    family, comma, given = name[:_MAX_NAME].partition(",")
    ordered = words(given) + words(family) if comma and words(given) else words(name[:_MAX_NAME])
    kept = [word for word in ordered if word not in _TITLES and not word.isdigit()]
    return (kept or ordered)[:_MAX_WORDS]


@lru_cache(maxsize=65_536)
def sound(word: str) -> str:
    """American Soundex of a folded word (US National Archives, 2007), untruncated and all of it coded.

    Coding the first letter too lets a wrong initial still match ("Kristina", "Christina"). Words without a
    Latin consonant are their own code.
    """
    digits = "".join(_SOUNDS.get(letter, " ") for letter in word)
    return _REPEATS.sub(r"\1", digits).replace(" ", "") or word


def person_keys(name: str | None, scopes: Sequence[str]) -> list[tuple[str, str]]:
    """(rule, key) pairs of a name within each scope (a company's domain or name); empty without a name.

    `name_company`: the same words in any order. `name_company_sound`: words that sound alike, in any order.
    `name_company_initial`: first and last word, of which one sounds alike and the other keeps its initial.
    """
    names = person_words(name) if scopes else []
    if not names:
        return []
    sounds = [sound(word) for word in names]
    keys = [("name_company", " ".join(sorted(names))), ("name_company_sound", " ".join(sorted(sounds)))]
    if len(names) > 1:
        initials = {f"{sounds[-1]} {names[0][0]}", f"{sounds[0]} {names[-1][0]}"}
        keys += [("name_company_initial", value) for value in sorted(initials)]
    return [(rule, f"{scope}\n{value}") for scope in scopes for rule, value in keys]
