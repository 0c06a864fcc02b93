"""Whether two spellings are one person, and what a role says of who somebody is."""

import re
import unicodedata
from collections.abc import Mapping
from difflib import SequenceMatcher

from build_artifacts.topics.firm import SpeakerType

_SUFFIXES_TEXT = """
jr sr ii iii iv cfa cpa phd md esq mr mrs ms dr
"""
_SUFFIXES = frozenset(_SUFFIXES_TEXT.split())
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_WORD = re.compile(r"[^\W\d_]+")
_SAME_SPELLING = 0.85
_OPERATOR = re.compile(r"\b(operator|moderator|coordinator|conference (call )?(host|facilitator))\b")
_OUTSIDER = re.compile(r"\banalyst\b(?!.*investor relations)|\bsell.?side\b|\bequity research\b")
_AFFILIATED = re.compile(r" -{1,2} .*\b(managing director|research|associate|director|vice president)\b")
_EXECUTIVE = re.compile(
    r"\b(chief|officer|president|chair\w*|c[efoti]o|[es]?vp|investor relations|ir|treasurer|counsel|controller|founder|"
    r"director|head|manager|secretary|principal|executive|company representative|management)\b"
)

Name = tuple[str, ...]
"""The words of a name that identify: lower case, without accents, initials, titles and suffixes."""


def name_words(name: str) -> Name:
    """ "David A. Young, Jr." is ("david", "young")."""
    folded = unicodedata.normalize("NFKD", _ASIDE.sub(" ", name).replace("'", "").replace("’", "")).lower()
    words = _WORD.findall("".join(letter for letter in folded if not unicodedata.combining(letter)))
    return tuple(word for word in words if len(word) > 1 and word not in _SUFFIXES)


def same_person(name: Name, known: Mapping[Name, SpeakerType]) -> SpeakerType | None:
    """Who somebody is among people of one call, whose names may be spelt another way; None where that is unclear.

    The same words; or else one single last name with a first name of the same initial; or else a spelling that is
    nearly the same (ratio of Ratcliff & Obershelp).
    """
    if name in known or not name:
        return known.get(name)
    alike = [other for other in known if other and other[-1] == name[-1] and other[0][0] == name[0][0]]
    if not alike:
        alike = [other for other in known if other and _alike(name, other)]
    types = {known[other] for other in alike}
    return types.pop() if len(types) == 1 else None


def _alike(one: Name, other: Name) -> bool:
    return SequenceMatcher(None, " ".join(one), " ".join(other)).ratio() >= _SAME_SPELLING


def type_of_role(role: str) -> SpeakerType | None:
    """ "Chief Financial Officer" is an executive, "Acme Securities -- Analyst" an analyst; None where it says nothing.

    A role after an affiliation ("Acme Securities -- Managing Director") is an analyst's: the company's own people are
    given without one.
    """
    text = role.strip().lower()
    if _OPERATOR.search(text):
        return "operator"
    if _OUTSIDER.search(text) or _AFFILIATED.search(text):
        return "analyst"
    return "executive" if _EXECUTIVE.search(text) else None
