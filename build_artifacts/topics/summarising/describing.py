"""One way to have topics and themes described: several in one question, each answer checked, each with a fallback."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from pydantic import BaseModel

from build_artifacts.llm import AnswerError, LanguageModel, LanguageModelError, Question
from build_artifacts.topics.firm import TopicSummary
from build_artifacts.topics.summarising.extractive import LONGEST_SUMMARY, LONGEST_TITLE
from build_artifacts.topics.summarising.unwanted import is_unwanted
from build_artifacts.topics.summarising.wording import clean, sentence_count, stems, words

MOST_TITLE_WORDS = 8
MOST_SENTENCES = 2
ANSWER_TOKENS = 150
"""Room for one title and summary of the greatest length, with its JSON."""
FRAME_TOKENS = 50
_FAULTS_TOLD = 6
_SHORTEST_OWN = 3


class Description(BaseModel):
    """What the model says of one item."""

    id: int
    title: str
    summary: str


class Descriptions(BaseModel):
    """What the model says of all."""

    descriptions: list[Description]


@dataclass(frozen=True, slots=True)
class Item:
    """A topic or a theme. `facts` are shown to the model, `fallback` stands where it says nothing usable."""

    id: int
    facts: dict[str, Any]
    fallback: TopicSummary


@dataclass(frozen=True, slots=True)
class Task:
    """What kind of items, and how many at most fit into one question."""

    purpose: str
    instructions: str
    most_items: int
    context: dict[str, Any]
    """Shown next to the items."""


async def describe(model: LanguageModel | None, task: Task, items: Sequence[Item]) -> list[TopicSummary]:
    """One for each item, in their order.

    Without a model all are `extractive`; so are those that the model answered unusably for. Where it is out or over
    the cap they are `pending`.
    """
    if model is None or not items:
        return [item.fallback for item in items]
    parts = await asyncio.gather(*(_describe(model, task, part) for part in _parts(items, task.most_items)))
    return [summary for part in parts for summary in part]


def _parts(items: Sequence[Item], most: int) -> list[Sequence[Item]]:
    """As few as possible, of nearly the same size."""
    n_parts = -(-len(items) // most)
    return [items[i * len(items) // n_parts : (i + 1) * len(items) // n_parts] for i in range(n_parts)]


async def _describe(model: LanguageModel, task: Task, items: Sequence[Item]) -> list[TopicSummary]:
    try:
        answer = await model.ask(_question(task, items))
    except AnswerError as error:
        answer = error.answer if isinstance(error.answer, Descriptions) else Descriptions(descriptions=[])
    except LanguageModelError:
        return [replace(item.fallback, source="pending") for item in items]
    given, own = {each.id: each for each in reversed(answer.descriptions)}, _own_words(items)
    return [_summary(item, own[item.id], given.get(item.id)) for item in items]


def _question(task: Task, items: Sequence[Item]) -> Question[Descriptions]:
    material = task.context | {"items": [{"id": item.id} | item.facts for item in items]}
    return Question(
        purpose=task.purpose,
        instructions=task.instructions,
        material=json.dumps(material, ensure_ascii=False),
        answer=Descriptions,
        max_tokens=FRAME_TOKENS + ANSWER_TOKENS * len(items),
        check=partial(_faults, items),
    )


def _summary(item: Item, own_words: frozenset[str], description: Description | None) -> TopicSummary:
    if description is None or _fault(own_words, description) is not None:
        return item.fallback
    return TopicSummary(clean(description.title).rstrip("."), clean(description.summary), "llm")


def _faults(items: Sequence[Item], answer: Descriptions) -> str | None:
    """What is wrong with an answer, for the model to correct."""
    given, own = [each.id for each in answer.descriptions], _own_words(items)
    faults = [f"id {id_} is missing" for id_ in own if id_ not in given]
    faults += [f"id {id_} was not asked for" for id_ in sorted(set(given) - set(own))]
    faults += [f"id {id_} occurs twice" for id_ in sorted(set(given)) if given.count(id_) > 1]
    for description in answer.descriptions:
        if description.id in own and (fault := _fault(own[description.id], description)):
            faults.append(f"id {description.id}: {fault}")
    return "; ".join(faults[:_FAULTS_TOLD]) or None


def _own_words(items: Sequence[Item]) -> dict[int, frozenset[str]]:
    """Stems of what the model was shown of each item, by id, without short ones and those that all items share.

    A description that has none of them rests on nothing, or on another item.
    """
    shown = {item.id: stems(json.dumps(item.facts, ensure_ascii=False)) for item in items}
    shared = frozenset.intersection(*shown.values()) if len(items) > 1 else frozenset()
    long = {id_: frozenset(each for each in found if len(each) >= _SHORTEST_OWN) for id_, found in shown.items()}
    return {id_: found - shared or found for id_, found in long.items()}


def _fault(own_words: frozenset[str], description: Description) -> str | None:
    title, summary = clean(description.title), clean(description.summary)
    checks = {
        "the title is empty": not words(title),
        "the summary is empty": not words(summary),
        f"the title has more than {MOST_TITLE_WORDS} words": len(title.split()) > MOST_TITLE_WORDS,
        f"the title has more than {LONGEST_TITLE} characters": len(title) > LONGEST_TITLE,
        f"the summary has more than {MOST_SENTENCES} sentences": sentence_count(summary) > MOST_SENTENCES,
        f"the summary has more than {LONGEST_SUMMARY} characters": len(summary) > LONGEST_SUMMARY,
        "it repeats an address or an instruction": is_unwanted(title) or is_unwanted(summary),
        "it has no word in common with what it describes": not stems(f"{title} {summary}") & own_words,
    }
    return next((fault for fault, found in checks.items() if found), None)
