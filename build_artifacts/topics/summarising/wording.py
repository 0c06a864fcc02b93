"""Words and sentences: what two texts have in common, how a word is written, where a text may be cut."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

_WORD = re.compile(r"[^\W\d_][\w'’&-]*")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_SENTENCE_END = re.compile(r"(?<=[a-z0-9%)][.!?])\s+(?=[A-Z])")
_SHORTEST_STEM = 3
ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ied", "ers", "er", "es", "ed", "s", "y", "e")


def clean(text: str) -> str:
    """One line of visible characters."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def words(text: str) -> list[str]:
    """Words as they are written."""
    return _WORD.findall(text)


@lru_cache(2**16)
def stem(word: str) -> str:
    """A word without its ending, so that `margin` and `margins` are one; crude, and enough for near-duplicates."""
    word = word.casefold().removesuffix("'s").removesuffix("’s")
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def stems(text: str) -> frozenset[str]:
    """Stems of a text's words."""
    return frozenset(stem(word) for word in words(text))


def sentence_count(text: str) -> int:
    """How many sentences a text has, roughly: `U.S. sales` ends none."""
    return len(_SENTENCE_END.split(text.strip()))


def cut(text: str, longest: int) -> str:
    """At most `longest` characters, cut between words and marked."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    return (head[: head.rfind(" ")] if " " in head else head).rstrip(" ,;:-") + "…"


def written_forms(wanted: Iterable[str], texts: Iterable[str]) -> dict[str, str]:
    """How each wanted word is mostly written inside sentences, by its lower case: `ebitda` is EBITDA."""
    seen: dict[str, Counter[str]] = {word.casefold(): Counter() for word in wanted}
    for text in texts:
        # The first word of a sentence is written large whatever it is.
        for word in words(text)[1:]:
            name = word.removesuffix("'s").removesuffix("’s")
            if (forms := seen.get(name.casefold())) is not None:
                forms[name] += 1
    return {word: max(forms.items(), key=lambda form: (form[1], form[0]))[0] for word, forms in seen.items() if forms}


def phrases(keywords: Iterable[str], texts: Iterable[str]) -> dict[str, str]:
    """For a keyword, the phrase of two or three keywords that holds it most often: `sales` is `organic net sales`.

    Only phrases of at least two texts; of equally frequent ones the longest, then the first by alphabet.
    """
    wanted = {keyword.casefold() for keyword in keywords}
    seen: Counter[tuple[str, ...]] = Counter()
    for text in texts:
        found = [word.casefold() for word in words(text)]
        starts = [i for i, word in enumerate(found[:-1]) if word in wanted and found[i + 1] in wanted]
        runs = {tuple(found[i : i + size]) for i in starts for size in (2, 3)}
        seen.update(run for run in runs if wanted.issuperset(run) and len(set(run)) == len(run))
    best: dict[str, str] = {}
    for run, count in sorted(seen.items(), key=lambda each: (-each[1], -len(each[0]), each[0])):
        for word in run if count > 1 else ():
            best.setdefault(word, " ".join(run))
    return best


def distinct(phrases: Sequence[str], count: int) -> list[str]:
    """The first `count` phrases that add a word to those before: no `margins` after `gross margin`."""
    chosen: list[str] = []
    known: frozenset[str] = frozenset()
    for phrase in phrases:
        new = stems(phrase)
        if new and not new & known:
            chosen.append(phrase)
            known |= new
        if len(chosen) == count:
            break
    return chosen
