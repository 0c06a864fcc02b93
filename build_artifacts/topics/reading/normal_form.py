"""Text as it is stored, and the form in which two texts count as the same."""

import re
import unicodedata
from hashlib import blake2b

# NUL cannot be stored by PostgreSQL; the others are invisible and would make equal texts unequal.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff\ud800-\udfff]+")
_WORD = re.compile(r"\w+")


def cleaned(text: str) -> str:
    """The text with single spaces for white space, control characters and lone surrogates, and none around it."""
    return " ".join((_UNSEEN.sub(" ", text) if not text.isascii() or not text.isprintable() else text).split())


def words(text: str) -> list[str]:
    """The words of the text in lower case, compatibility characters folded (Unicode NFKC)."""
    return _WORD.findall(text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).lower())


def digest(words: list[str]) -> int:
    """64 bits of the words: two of n different texts share them with probability n² / 2^65."""
    return int.from_bytes(blake2b(" ".join(words).encode(), digest_size=8).digest(), "little")
