"""The main text of a page, by trafilatura (https://aclanthology.org/2021.acl-demo.15), out of what a visitor sees."""

import re

from bs4 import BeautifulSoup
from trafilatura import extract

from build_artifacts.descriptions.extraction.text import clean, is_prose, split_sentences
from build_artifacts.descriptions.extraction.unseen import is_consent

_ENOUGH = 200
_BLOCKS = (
    "p", "li", "td", "th", "dd", "dt", "div", "section", "article", "blockquote", "figcaption", "address", "center",
    "h1", "h2", "h3", "h4", "h5", "h6", "br", "tr", "table", "ul", "ol", "main",
)  # fmt: skip
_MOST_SENTENCES = 150


def headings(soup: BeautifulSoup) -> list[str]:
    """Different texts of h1 to h3, in order; at most 30."""
    texts = (clean(tag.get_text(" ")) for tag in soup.find_all(["h1", "h2", "h3"]))
    return list(dict.fromkeys(text for text in texts if 2 < len(text) <= 120))[:30]


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


def _sentences(text: str) -> list[str]:
    found: dict[str, None] = {}
    # Tables are written with bars; on older sites they lay out the whole page.
    for line in re.split(r"\n|\\?\|", text):
        for sentence in split_sentences(clean(line).lstrip("-•·* ")):
            if is_prose(sentence) and not is_consent(sentence):
                found.setdefault(sentence)
    return list(found)[:_MOST_SENTENCES]
