"""Titles and summaries without a language model: the topic's own keywords and sentences."""

from collections.abc import Sequence
from typing import Literal

from build_artifacts.topics.firm import TopicSummary
from build_artifacts.topics.summarising.unwanted import has_address, is_steering, is_unwanted, without_addresses
from build_artifacts.topics.summarising.wording import clean, cut, distinct, phrases, stems, written_forms

LONGEST_TITLE = 80
LONGEST_SUMMARY = 400
_TITLE_KEYWORDS = 3
_LONGEST_SENTENCE = 199
"""Two fit into a summary uncut."""
_SAME = 0.6


def extractive_summary(
    keywords: Sequence[str], sentences: Sequence[str], source: Literal["extractive", "pending"]
) -> TopicSummary:
    """Up to three keywords as title; the most central sentence and the next one that says something else as summary.

    `keywords` by weight, `sentences` the most central first; long sentences come after the others. Keywords that the
    sentences use side by side make one phrase. The title of a topic without keywords is the start of its summary. Both
    are one line without addresses.
    """
    usable = [clean(sentence) for sentence in sentences]
    usable = [sentence for sentence in usable if sentence and not is_steering(sentence)]
    wanted = sorted((each for each in usable if not has_address(each)), key=lambda each: len(each) > _LONGEST_SENTENCE)
    chosen = _different(wanted) or [without_addresses(sentence) for sentence in usable[:1]]
    summary = cut(" ".join(cut(sentence, _LONGEST_SENTENCE) for sentence in chosen), LONGEST_SUMMARY)
    title = _title([clean(keyword) for keyword in keywords if not is_unwanted(keyword)], usable)
    title = cut(title or summary, LONGEST_TITLE) or "Untitled"
    return TopicSummary(title, summary or title, source)


def _different(sentences: Sequence[str]) -> list[str]:
    """The first sentence, and the first after it that repeats little of it."""
    if not sentences:
        return []
    first = stems(sentences[0])
    for sentence in sentences[1:]:
        other = stems(sentence)
        if other and len(first & other) < _SAME * min(len(first), len(other)):
            return [sentences[0], sentence]
    return [sentences[0]]


def _title(keywords: Sequence[str], sentences: Sequence[str]) -> str:
    written = written_forms({word for keyword in keywords for word in keyword.split()}, sentences)
    joined = phrases(keywords, sentences)
    wanted = [joined.get(keyword.casefold(), keyword) for keyword in keywords]
    spelled = [" ".join(written.get(word.casefold(), word) for word in phrase.split()) for phrase in wanted]
    title = ", ".join(distinct(spelled, _TITLE_KEYWORDS))
    return title[:1].upper() + title[1:]
