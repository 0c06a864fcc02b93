"""A speaker's turn into sentences.

A period ends a sentence unless what stands before it is an initial, a title or an abbreviation; after those that may
well end one ("U.S.", "Inc.", "p.m."), the next word decides: one that often opens a sentence does so here
(Kiss & Strunk 2006, "Unsupervised Multilingual Sentence Boundary Detection", section 3, call these frequent sentence
starters).
"""

import re
from collections.abc import Iterator

LONGEST = 1000
"""Characters; what is longer has no punctuation to go by, and is cut between words."""

_END = re.compile(r"(?:[.!?…]+[\"'”’)\]]*|\[operator [^\]]*\])\s+", re.IGNORECASE)
_LAST_WORD = re.compile(r"[\w.&'’-]*$")
_NEXT_WORD = re.compile(r"[\"'“‘(\[]*([\w$€£¥#]+)?")
_NEVER_ENDS_TEXT = """
mr mrs ms messrs dr prof rev hon st mt ft gen col sen rep gov vs cf approx eg ie e.g i.e
"""
_NEVER_ENDS = frozenset(_NEVER_ENDS_TEXT.split())
_BEFORE_NUMBERS_TEXT = """
no nos fig vol pp sec art
"""
_BEFORE_NUMBERS = frozenset(_BEFORE_NUMBERS_TEXT.split())
_MAY_END_TEXT = """
inc corp co cos ltd llc plc bros jr sr etc dept est ave
"""
_MAY_END = frozenset(_MAY_END_TEXT.split())
_DOTTED = re.compile(r"(?:\w\.)+\w")
_OPENERS_TEXT = """
a all also although an and any as at because before both but by can could currently did do does during each even
finally first following for from given going good great have having he hence here hi how however i if in indeed
is it its just last lastly let like looking many maybe meanwhile more moreover most moving my next no nor not now
obviously of ok okay on once one or other our out overall over perhaps please right same second she similarly
since so some starting sure than thank thanks that the their then there therefore these they third this those
through thus to today turning under until we well what when where whether which while who why will with within
would yeah yes yet you your i'm i'd i'll i've it's that's we're we've we'll you're there's they're
"""
_OPENERS = frozenset(_OPENERS_TEXT.split())


def sentences(turn: str) -> Iterator[str]:
    """The sentences of a turn, in order, without white space around them; nothing but white space is lost."""
    for paragraph in turn.splitlines():
        start = 0
        for match in _END.finditer(paragraph):
            if _ends(paragraph, start, match):
                yield from _cut(paragraph[start : match.end()].strip())
                start = match.end()
        yield from _cut(paragraph[start:].strip())


def _ends(text: str, start: int, match: re.Match[str]) -> bool:
    following = _NEXT_WORD.match(text, match.end())
    word = (following and following[1]) or ""
    if word[:1].islower():
        return False
    if not match[0].startswith(".") or match[0].startswith(".."):
        return True
    before = _LAST_WORD.search(text, start, match.start())
    last = before[0].lower() if before else ""
    if last in _NEVER_ENDS or (last in _BEFORE_NUMBERS and word[:1].isdigit()):
        return False
    if last in _MAY_END or (len(last) == 1 and last.isalpha()) or _DOTTED.fullmatch(last):
        return word.lower() in _OPENERS
    return True


def _cut(sentence: str) -> Iterator[str]:
    while len(sentence) > LONGEST:
        end = sentence.rfind(" ", 0, LONGEST) + 1 or LONGEST
        yield sentence[:end].rstrip()
        sentence = sentence[end:].lstrip()
    if sentence:
        yield sentence
