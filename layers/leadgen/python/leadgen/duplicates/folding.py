"""One spelling for comparison: letters without case and diacritics, words without punctuation."""

import re
import unicodedata

WORD = re.compile(r"[^\W_]+")
_MARKS = re.compile("[\u0300-\u036f]+")
# Letters that NFKD leaves whole although a plain spelling is in common use.
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "ħ": "h",
        "ŧ": "t",
        "ß": "ss",
    }
)


def fold(text: str) -> str:
    """Case-folded text without Latin, Greek or Cyrillic diacritics; other scripts keep their letters.

    NFKD of Unicode Standard Annex 15; marks outside U+0300-U+036F (Devanagari, kana) carry meaning and stay.
    """
    text = text.casefold()
    if text.isascii():
        return text
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text.translate(_LETTERS)))
    return unicodedata.normalize("NFC", plain.casefold())


def words(text: str) -> list[str]:
    """Folded words in their order; punctuation and underscores separate them."""
    return WORD.findall(fold(text))
