"""The sentences of a site that a description may rest on, the most telling first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from build_artifacts.descriptions.corpus import Corpus, joined
from build_artifacts.descriptions.site import Site
from build_artifacts.descriptions.unwanted import is_unwanted

_MOST_CANDIDATES = 120
_LONGEST = 300
_SHORTEST = 40
_SAME = 0.5
_ENDED = re.compile(r"[.!。！]['\"”’)]?$")
_FUNCTION_WORDS = """
is are was we our its the and of for with provide provides offer offers has have in der die und wir le les des et nous
el los y il di e è de het en wij o os que
"""
_ABOUT_ITSELF = (
    r"\b(?:we|company|firm|group|agency|manufacturer|supplier|provider|specialist|leader)\b.{0,60}\b(?:is|are)\b",
    r"\b(?:offer|provide|specialis|specializ|design|manufactur|suppl|build|develop|serv|sell|deliver|help)",
    r"\b(?:make|produc|creat|operat|offers?|provides?|specialis|specializ|manufactur|suppl(?:y|ies|ier)|leading)",
    r"\b(?:dedicated to|founded|established)\b",
)
_TO_THE_VISITOR = (
    r"\?|[$€£]\s?\d|©|% off",
    r"\b(?:click|sign up|log ?in|subscribe|download|add to|checkout|shipping|returns?|sale|free quote|posted)\b",
    r"\b(?:read more|learn more|find out|welcome|thank|sorry|please|testimonial|contact us|enquir|copyright)\b",
    r"\b(?:all rights|loading|required field|don['’]t|you['’]ll|i was|i am|i have|they were|would recommend)\b",
    r"\b(?:my|comments?|password|error)\b",
)
_FUNCTION_WORD = re.compile(rf"\b(?:{'|'.join(_FUNCTION_WORDS.split())})\b", re.IGNORECASE)
_TELLS = re.compile("|".join(_ABOUT_ITSELF), re.IGNORECASE)
_SELLS = re.compile("|".join(_TO_THE_VISITOR), re.IGNORECASE)
_PLACE_OF_STATEMENT = 0.25
_PLACE_OF_ABOUT = 0.05


@dataclass(frozen=True, slots=True)
class Source:
    """One verbatim sentence of a page."""

    text: str
    url: str
    weight: float


def text_of(site: Site) -> str:
    """All that the corpus is fitted on."""
    return joined(
        part for page in site.pages for part in (page.title, *page.statements, *page.headings, *page.sentences)
    )


def ranked_sources(site: Site, corpus: Corpus, name: str, most: int) -> list[Source]:
    """At most `most` sentences, diverse, the best first.

    A sentence is good when it holds what tells the company from others, speaks of the company, and stands early. Each
    after the first loses what those before it say already (maximal marginal relevance, https://doi.org/10.1145/290941.291025).
    """
    found = _candidates(site)
    texts = list(found)
    if not texts:
        return []
    weights = corpus.telling(text_of(site), texts) + _priors(texts, list(found.values()), name)
    vectors = corpus.vectors(texts)
    same = np.asarray((vectors @ vectors.T).todense())
    chosen = _diverse(weights, same, most)
    sources = [Source(texts[i], found[texts[i]][0], float(weights[i])) for i in chosen]
    # Extraction left these out already, by what it knew at the time of the visit.
    return [source for source in sources if not is_unwanted(source.text)]


def _candidates(site: Site) -> dict[str, tuple[str, float]]:
    """URL and bonus of each usable sentence: metadata before text, the beginning of a page before its end."""
    found: dict[str, tuple[str, float]] = {}
    for page in site.pages:
        for text in page.statements:
            found.setdefault(text, (page.url, _PLACE_OF_STATEMENT))
    for number, page in enumerate(site.pages):
        for place, text in enumerate(page.sentences):
            bonus = 0.15 / (1 + place / 4) + (_PLACE_OF_ABOUT if number else 0.0)
            found.setdefault(text, (page.url, bonus))
    usable = [(text, place) for text, place in found.items() if _is_usable(text)]
    return dict(usable[:_MOST_CANDIDATES])


def _is_usable(text: str) -> bool:
    return _SHORTEST <= len(text) <= _LONGEST and bool(_FUNCTION_WORD.search(text) or not text.isascii())


def _priors(texts: Sequence[str], places: Sequence[tuple[str, float]], name: str) -> NDArray[np.float32]:
    first = name.split()[0].casefold() if name.split() else ""
    out = np.zeros(len(texts), dtype=np.float32)
    for i, (text, (_, bonus)) in enumerate(zip(texts, places, strict=True)):
        out[i] = bonus + 0.15 * bool(_TELLS.search(text)) - 0.35 * bool(_SELLS.search(text))
        out[i] += 0.1 * (len(first) > 2 and first in text.casefold()) + 0.1 * bool(_ENDED.search(text))
    return out


def _diverse(weights: NDArray[np.float32], same: NDArray[np.float32], most: int) -> list[int]:
    chosen: list[int] = []
    for _ in range(min(most, len(weights))):
        repeated = same[:, chosen].max(axis=1) if chosen else np.zeros(len(weights), dtype=np.float32)
        left = np.where(repeated < _SAME, weights - 0.5 * repeated, -np.inf)
        left[chosen] = -np.inf
        best = int(np.argmax(left))
        if not np.isfinite(left[best]):
            break
        chosen.append(best)
    return chosen
