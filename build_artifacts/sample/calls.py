"""One earnings call of the sample: who speaks, and what they say sentence by sentence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from build_artifacts.sample.call_topics import CALL_TOPICS, CallTopic
from build_artifacts.sample.organisations import Organisations, shares

_Option = TypeVar("_Option")
PREPARED, QUESTIONS = "prepared_remarks", "q_and_a"
_REGIONS = ("Europe", "North America", "Latin America", "Asia", "the Nordic countries", "the Middle East")
_BROKERS = ("Heron Securities", "Alder Capital Markets", "Quarry Bank", "Tidewater Research", "Lantern Partners")
_OPENING = (
    "Good day, and welcome to the {quarter} earnings conference call of {name}.",
    "All participants are in listen-only mode.",
    "I would now like to turn the conference over to {officer}.",
)
_NOTICE = (
    "Thank you, and good morning, everyone.",
    "Today's remarks include forward-looking statements, and actual results may differ materially.",
    "A reconciliation of non-GAAP measures is in the press release on our website.",
)
_HAND_OVERS = ("With that, I will turn the call over to {finance}.", "I will now hand the call over to {finance}.")
_THANKS = ("Thank you.", "Good morning, and thanks for taking my question.", "Thanks, that's very helpful.")
_ASSENT = ("Yes.", "Sure.", "Thank you for the question.", "Great question.")
_CLOSING = ("There are no further questions at this time.", "This concludes today's call, and you may now disconnect.")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a call, and who says it where. Sentences of one turn share its number."""

    turn: int
    section: str
    speaker: str
    role: str
    text: str


class Call:
    """One firm's call about a quarter; `when` is 0 for the first quarter and 1 for the second."""

    def __init__(
        self, organisations: Organisations, number: int, when: int, quarter: str, random: np.random.Generator
    ) -> None:
        self._random = random
        country = organisations.country_of(number)
        family = random.permutation(len(country.family_names))
        given = random.permutation(len(country.given_names))
        people = [f"{country.given_names[g]} {country.family_names[f]}" for g, f in zip(given, family, strict=False)]
        self._officer, self._finance, *self._analysts = people[:5]
        self._words = {"name": organisations.short_name(number), "quarter": quarter}
        self._words |= {"officer": self._officer, "finance": self._finance}
        self._niche = organisations.niche_of(number)
        self._topics = self._drawn(organisations.industry_of(number).sector, when)
        self._turn = -1

    def sentences(self) -> Iterator[Said]:
        """The call from welcome to close."""
        yield from self._says(PREPARED, "Operator", "Operator", _OPENING)
        half = (len(self._topics) + 1) // 2
        remarks = [*_NOTICE, *self._remarks(self._topics[:half]), self._pick(_HAND_OVERS)]
        yield from self._says(PREPARED, self._officer, "Chief Executive Officer", remarks)
        yield from self._says(PREPARED, self._finance, "Chief Financial Officer", self._remarks(self._topics[half:]))
        for analyst in self._analysts:
            yield from self._exchange(analyst)
        yield from self._says(QUESTIONS, "Operator", "Operator", _CLOSING)

    def _exchange(self, analyst: str) -> Iterator[Said]:
        topic, broker = self._pick(self._topics), self._pick(_BROKERS)
        announced = [f"Our next question comes from {analyst} with {broker}.", "Your line is open."]
        yield from self._says(QUESTIONS, "Operator", "Operator", announced)
        asked = [self._pick(_THANKS), self._pick(topic.questions)]
        yield from self._says(QUESTIONS, analyst, f"{broker} -- Analyst", asked)
        answered = [self._pick(_ASSENT), *self._remarks([topic])]
        yield from self._says(QUESTIONS, self._officer, "Chief Executive Officer", answered)

    def _drawn(self, sector: str, when: int) -> list[CallTopic]:
        fitting = [topic for topic in CALL_TOPICS if not topic.sectors or sector in topic.sectors]
        weights = shares([topic.shares[when] for topic in fitting])
        chosen = self._random.choice(len(fitting), min(5, len(fitting)), replace=False, p=weights)
        return [fitting[index] for index in chosen]

    def _remarks(self, topics: Sequence[CallTopic]) -> list[str]:
        return [
            topic.sentences[index]
            for topic in topics
            for index in self._random.choice(len(topic.sentences), 4 if len(topic.sentences) > 4 else 3, replace=False)
        ]

    def _says(self, section: str, speaker: str, role: str, templates: Sequence[str]) -> Iterator[Said]:
        self._turn += 1
        for template in templates:
            yield Said(self._turn, section, speaker, role, self._filled(template))

    def _filled(self, template: str) -> str:
        """The sentence with the firm's words; a place that is filled twice gets the same words twice."""
        random, niche = self._random, self._niche
        figures = {
            "percent": f"{random.integers(10, 400) / 10}%",
            "money": f"${random.integers(10, 2000) / 10} million",
            "rest": f"${random.integers(2000, 9000) / 10} million",
            "number": str(random.integers(3, 60)),
        }
        phrases = {
            "product": self._pick(niche.products),
            "customer": self._pick(niche.customers),
            "region": self._pick(_REGIONS),
            "niche": niche.name,
        }
        text = template.format_map(self._words | figures | phrases)
        return text[0].upper() + text[1:]

    def _pick(self, options: Sequence[_Option]) -> _Option:
        return options[int(self._random.integers(len(options)))]
