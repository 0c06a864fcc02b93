"""The main text of a page, by trafilatura (https://aclanthology.org/2021.acl-demo.15), out of what a visitor sees."""

import re
from collections.abc import Iterable, Iterator

from bs4 import BeautifulSoup
from trafilatura import extract

from build_artifacts.descriptions.extraction.text import clean, is_prose, split_sentences
from build_artifacts.descriptions.extraction.unseen import is_consent
from build_artifacts.descriptions.unwanted import has_contact, is_steering

_ENOUGH = 200
_BLOCKS = (
    "p", "li", "td", "th", "dd", "dt", "div", "section", "article", "blockquote", "figcaption", "address", "center",
    "h1", "h2", "h3", "h4", "h5", "h6", "br", "tr", "table", "ul", "ol", "main",
)  # fmt: skip
_MOST_SENTENCES = 150


def headings(soup: BeautifulSoup) -> list[str]:
    """Different texts of h1 to h3, in order; at most 30."""
    texts = (clean(tag.get_text(" ")) for tag in soup.find_all(["h1", "h2", "h3"]))
    found = dict.fromkeys(text for text in harmless_blocks(texts) if 2 < len(text) <= 120 and not has_contact(text))
    return list(found)[:30]


def main_sentences(soup: BeautifulSoup) -> list[str]:
    """Different sentences of the main text, in order; changes `soup`, which holds what a visitor reads only."""
    found = _sentences(extract(str(soup), include_comments=False, favor_recall=True) or "")
    if sum(map(len, found)) >= _ENOUGH:
        return found
    for tag in soup.find_all(_BLOCKS):
        tag.insert_before("\n")
        tag.append("\n")
    plain = _sentences(soup.get_text())
    return max(found, plain, key=lambda each: sum(map(len, each)))


def harmless_blocks(blocks: Iterable[str]) -> Iterator[str]:
    """Clean blocks of text without those that speak to a language model, and without the one after each of these.

    An order and what it orders are often two sentences, of which the second is harmless by itself.
    """
    wary = False
    for block in filter(None, (clean(each).lstrip("-•·* ") for each in blocks)):
        steering = is_steering(block)
        if not steering and not wary:
            yield block
        wary = steering


def _sentences(text: str) -> list[str]:
    found: dict[str, None] = {}
    # Tables are written with bars; on older sites they lay out the whole page.
    for block in harmless_blocks(re.split(r"\n|\\?\|", text)):
        for sentence in split_sentences(block):
            if is_prose(sentence) and not is_consent(sentence) and not has_contact(sentence):
                found.setdefault(sentence)
    return list(found)[:_MOST_SENTENCES]
