"""One line of visible characters, and sentences of them."""

import re
import unicodedata

_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
_SPACES = re.compile(r"\s+")
_END = re.compile(r"(?<=[.!?…])\s+(?=[\"'“‘(]?[A-ZÀ-ÞΑ-ΩА-Я0-9])|(?<=[。！？])")
_NO_END = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|No|Inc|Ltd|Co|Corp|vs|approx|est|e\.g|i\.e|[A-Z])\.$")
SHORTEST_SENTENCE = 25
LONGEST_SENTENCE = 400
_FEWEST_WORDS = 4


def clean(text: str) -> str:
    """One line, NFKC, without control, format and private characters: what is read is what is there.

    Zero-width characters and text direction marks can hide words from a reader (https://trojansource.codes).
    """
    normal = unicodedata.normalize("NFKC", text)
    if not normal.isascii() or not normal.isprintable():
        normal = "".join(" " if c in "\t\n\r\x0b\x0c" else c for c in normal if c in "\t\n\r\x0b\x0c" or _visible(c))
    return _SPACES.sub(" ", normal).strip()


def _visible(character: str) -> bool:
    return unicodedata.category(character) not in _INVISIBLE


def split_sentences(text: str) -> list[str]:
    """Sentences of a paragraph, whole; an abbreviation or initial ends none."""
    found: list[str] = []
    for part in _END.split(text):
        if found and _NO_END.search(found[-1]):
            found[-1] += f" {part}"
        elif part:
            found.append(part)
    return found


def is_prose(text: str) -> bool:
    """Whether it may stand in a description: a sentence of bearable length, mostly of letters, decoded rightly."""
    letters = sum(map(str.isalpha, text))
    if "\ufffd" in text or "ï¿" in text:
        return False
    fit = SHORTEST_SENTENCE <= len(text) <= LONGEST_SENTENCE and letters >= 0.6 * len(text)
    return fit and (len(text.split()) >= _FEWEST_WORDS or not text.isascii())
