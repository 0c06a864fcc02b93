"""Replace a company's own name in its description, so that similarity is about what the company does."""

import unicodedata
from collections.abc import Iterator, Sequence

from leadgen.duplicates.folding import WORD, fold
from leadgen.duplicates.legal_forms import core_span, is_legal_form, name_without_suffix

_MAX_WORDS = 12
_MAX_GAP = 4
_LONGEST_FORM = 4
_SPECIFIC_WORDS = 3
# Names made only of these words say nothing of one company, and masking them would blank ordinary prose.
_COMMON_TEXT = """
the a an and of for in on at by to our we us group company companies corporation holding holdings
international global national world worldwide american european asia asian pacific first new one general
united central north south east west northern southern eastern western service services system systems
solution solutions technology technologies tech product products industry industries industrial enterprise
enterprises resource resources energy power oil gas water food health healthcare medical financial finance
capital bank banking insurance investment investments real estate property properties fund trust management
consulting media digital data software network networks online mobile home life care design development
developments business trading limited inc ltd plc llc co corp sa ag
"""
_COMMON = frozenset(_COMMON_TEXT.split())


class _SingleFold(dict[int, str]):
    """One folded character for each character, so that positions in folded text are positions in the text."""

    def __missing__(self, code: int) -> str:
        folded = fold(chr(code))
        self[code] = folded if len(folded) == 1 else chr(code).lower()[:1] or chr(code)
        return self[code]


_SINGLE_FOLD = _SingleFold()


def mask_name(text: str, names: Sequence[str | None], replacement: str = "the company") -> str:
    """`text` (composed by NFC) with every whole-word occurrence of the names and of their cores replaced.

    A core is a name without legal form. Case, diacritics, punctuation and spacing between words do not
    matter; a legal form that follows goes with the name. Names of at most two characters, or of
    one or two common words, are left. Takes time linear in the length of `text`, for names of any content.
    """
    text = unicodedata.normalize("NFC", text)
    folded = text.lower() if text.isascii() else text.translate(_SINGLE_FOLD)
    spans = sorted((span for words in _variants(names) for span in _occurrences(folded, words)), key=_longest_first)
    pieces, position = [], 0
    for start, end in spans:
        if start >= position:
            pieces += [text[position:start], replacement]
            position = _skip_ending(text, start, end)
    return "".join([*pieces, text[position:]])


def _longest_first(span: tuple[int, int]) -> tuple[int, int]:
    return span[0], -span[1]


def _variants(names: Sequence[str | None]) -> list[tuple[str, ...]]:
    found: dict[tuple[str, ...], None] = {}
    for name in names:
        if isinstance(name, str) and name:
            whole = unicodedata.normalize("NFC", name[:500]).translate(_SINGLE_FOLD)
            words = WORD.findall(whole)
            start, end = core_span(words)
            inner = WORD.findall(name_without_suffix(whole))
            for variant in (words, words[start:end], inner):
                found[tuple(variant[:_MAX_WORDS])] = None
    return [words for words in found if _says_something(words)]


def _says_something(words: tuple[str, ...]) -> bool:
    common = len(words) < _SPECIFIC_WORDS and all(word in _COMMON for word in words)
    return len("".join(words)) > 2 and not common


def _occurrences(folded: str, words: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    first = words[0]
    start = folded.find(first)
    while start >= 0:
        end = _match_at(folded, start, words)
        if end:
            yield start, end
        start = folded.find(first, max(end, start + len(first)))


def _match_at(folded: str, start: int, words: tuple[str, ...]) -> int:
    """End of the words at `start`, or 0; neighbours of a match are no letters or digits."""
    if start and folded[start - 1].isalnum():
        return 0
    position = start
    for index, word in enumerate(words):
        if index:
            position = _skip_gap(folded, position)
        if not folded.startswith(word, position):
            return 0
        position += len(word)
    return 0 if position < len(folded) and folded[position].isalnum() else position


def _skip_gap(text: str, position: int) -> int:
    stop = min(position + _MAX_GAP, len(text))
    while position < stop and not text[position].isalnum():
        position += 1
    return position


def _skip_ending(text: str, start: int, end: int) -> int:
    """Where the text goes on after a name: behind legal forms, a closing bracket, an abbreviating dot."""
    end = _skip_legal_forms(text, end)
    if text[end : end + 1] == ")" and "(" in text[start:end] and ")" not in text[start:end]:
        end += 1
    last = WORD.findall(text[start:end])[-1]
    abbreviates = text[end : end + 1] == "." and (len(last) == 1 or is_legal_form((fold(last),)))
    sentence_ends = end + 1 == len(text) or text[end + 1 : end + 3].strip().istitle()
    return end + (abbreviates and not sentence_ends)


def _skip_legal_forms(text: str, position: int) -> int:
    """Where the text goes on after the capitalised legal forms at `position` ("Inc", "Co., Ltd")."""
    while True:
        words: list[str] = []
        cursor, end = position, position
        for _ in range(_LONGEST_FORM):
            begin = _skip_gap(text, cursor)
            found = WORD.match(text, begin)
            if not found or not found.group()[0].isupper() or "\n" in text[cursor:begin]:
                break
            words.append(fold(found.group()))
            cursor = found.end()
            if is_legal_form(tuple(words)):
                end = cursor
        if end == position:
            return position
        position = end
