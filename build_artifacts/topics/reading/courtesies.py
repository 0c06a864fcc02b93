"""Words of courtesy and assent: a sentence made of nothing else, and of names, tells nothing of the business."""

import re

_ASSENT_TEXT = """
a ah absolutely agree agreed all alright also and awesome back but bye certainly correct course definitely done
enough exactly excellent fair fantastic fine go good got gotcha great guess ha hmm i indecipherable indeed
interesting is it just know let like m makes maybe me mean multiple no nope now of oh ok okay on one operator
perfect phonetic point please pretty probably question questions really right s see sense so sorry speakers super
sure technical difficulty terrific that the then there think this true uh um understand understood unidentified very
we welcome well wonderful would yeah yep yes you
"""
ASSENT = frozenset(_ASSENT_TEXT.split())
_COURTESY_TEXT = """
afternoon again ahead am appreciate are best bit can color colour congrats congratulations continued day do does
evening everybody everyone folks follow for forward gentlemen guy guys he hear hello help helpful helps her hey
hi him hope how joining ladies last little ll look lot luck many mark much morning my nice on opportunity our out
perspective quarter quick re safe she some squeezing take taking thank thanks that them they time to today up us
very wish with your
"""
COURTESY = ASSENT | frozenset(_COURTESY_TEXT.split())
LONGEST_COURTESY = 14
"""Words; whoever says more says something."""
_TOKEN = re.compile(r"[^\W\d_]+")


def is_assent(words: list[str]) -> bool:
    """Whether the words say nothing by themselves: no letters, a single word, or "Yeah, got it." """
    if len(words) < 2 or (len(words) <= LONGEST_COURTESY and ASSENT.issuperset(words)):
        return True
    return not any(letter.isalpha() for word in words for letter in word)


def is_courtesy(text: str, words: list[str]) -> bool:
    """Whether it is a greeting, thanks or good wishes, names of people or the company included."""
    if len(words) > LONGEST_COURTESY:
        return False
    if COURTESY.issuperset(words):
        return True
    tokens = list(_TOKEN.finditer(text))
    common = [token for place, token in enumerate(tokens) if not _is_name(text, token, place)]
    return COURTESY.issuperset(token[0].lower() for token in common) and not any(word.isdigit() for word in words)


def _is_name(text: str, token: re.Match[str], place: int) -> bool:
    """A capitalised word after the first, or the first one before a comma ("Ann, thanks.")."""
    return token[0][0].isupper() and (place > 0 or text[token.end() : token.end() + 1] == ",")
