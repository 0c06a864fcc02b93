"""HTML of a stranger to a `Page`; runs in a process of its own."""

import logging
import signal
import warnings
from types import FrameType

from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning

from build_artifacts.descriptions.extraction.body import harmless_blocks, headings, main_sentences
from build_artifacts.descriptions.extraction.language import language_of
from build_artifacts.descriptions.extraction.links import company_links
from build_artifacts.descriptions.extraction.metadata import (
    declared_language,
    meta_descriptions,
    organisations,
    site_names,
    title,
)
from build_artifacts.descriptions.extraction.page import Page
from build_artifacts.descriptions.extraction.text import is_prose, split_sentences
from build_artifacts.descriptions.extraction.unseen import drop_surroundings, drop_unseen
from build_artifacts.descriptions.unwanted import has_contact

_LONGEST_SECONDS = 10
_CHARSET = "charset="
_SCRIPTED = ["root", "app", "__next", "__nuxt", "svelte"]


class TooComplexError(ValueError):
    """A page that no parser gets through in reasonable time or depth."""


def start_process() -> None:
    """Once in each process that extracts: parsers' remarks on strangers' HTML are of no use to anybody."""
    warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def extract_in_time(body: bytes, content_type: str, url: str) -> Page:
    """`extract_page` within ten seconds; for the main thread of a process. Raises TooComplexError."""
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(_LONGEST_SECONDS)
    try:
        return extract_page(body, content_type, url)
    except RecursionError as error:
        raise TooComplexError(f"{url} is nested too deeply") from error
    finally:
        signal.alarm(0)


def extract_page(body: bytes, content_type: str, url: str) -> Page:
    """What the page says; decoded by its byte order mark, its Content-Type, its own declaration, or by guessing."""
    soup = BeautifulSoup(body, "lxml", from_encoding=_charset(content_type))
    names, descriptions = organisations(soup)
    statements = [*meta_descriptions(soup), *descriptions]
    scripted = soup.find(id=_SCRIPTED) is not None or soup.find("noscript") is not None
    declared, heading, site = declared_language(soup), title(soup), site_names(soup)
    links = company_links(soup, url)
    drop_unseen(soup)
    drop_surroundings(soup)
    found = headings(soup)
    sentences = main_sentences(soup)
    split = [each for text in harmless_blocks(statements) for each in split_sentences(text)]
    return Page(
        url=url,
        title=next(harmless_blocks([heading]), ""),
        names=list(dict.fromkeys(harmless_blocks([*site, *names]))),
        language=language_of(" ".join(sentences), declared),
        statements=list(dict.fromkeys(each for each in split if is_prose(each) and not has_contact(each))),
        headings=found,
        sentences=sentences,
        scripted=scripted,
        links=links,
    )


def _charset(content_type: str) -> str | None:
    name = content_type.lower().partition(_CHARSET)[2].partition(";")[0].strip(" \"'")
    try:
        "".encode(name)
    except (LookupError, ValueError):
        return None
    return name or None


def _give_up(_number: int, _frame: FrameType | None) -> None:
    raise TooComplexError("extraction took too long")
