"""Roles, interests and scores of the sample's people, and their titles and biographies."""

import numpy as np
from numpy.typing import NDArray

from build_artifacts.sample.organisations import Organisations, shares
from build_artifacts.sample.people import FUNCTIONS, PASTIMES, SENIORITIES, SIZE_WORDS, TOPICS

_PERSONAL_MAIL_SHARE = 0.08
_MANY = 5040
_EMPLOYERS = (
    "a {size} {niche} business with {product} for {customer}",
    "a {size} company known for {product}",
    "a {size} {industry} firm that helps {customer} to {outcome}",
    "a {size} supplier of {product} to {customer}",
    "a {size} organisation in {niche}",
)


class Draws:
    """Everything random about n people: arrays [n] of indices into vocabularies and of scores (0 to 100)."""

    def __init__(self, count: int, random: np.random.Generator) -> None:
        self.seniority = _choose([level.share for level in SENIORITIES], count, random)
        self.function = _choose([function.share for function in FUNCTIONS], count, random)
        # Gumbel-top-k: two different topics a person, each in proportion to its share (Kool et al. 2019).
        keys = np.log(shares([topic.share for topic in TOPICS])) + random.gumbel(size=(count, len(TOPICS)))
        self.topics = np.argpartition(-keys, 1, axis=1)[:, :2]
        intent = random.normal(size=count)
        self.activity = _score(45, 20, intent, random)
        self.engagement = _score(40, 22, intent, random)
        self.personal_mail = random.random(count) < _PERSONAL_MAIL_SHARE
        self._picks: list[list[int]] = random.integers(0, _MANY, size=(count, 9)).tolist()

    def titles(self) -> list[str]:
        """A job title for each person."""
        roles = zip(self.seniority.tolist(), self.function.tolist(), self._picks, strict=True)
        return [_title(level, function, picks) for level, function, picks in roles]

    def biographies(self, organisations: Organisations, employers: list[int]) -> list[str]:
        """Three or four sentences for each person; `employers` numbers their companies."""
        roles = zip(self.seniority.tolist(), self.function.tolist(), self._picks, strict=True)
        about = zip(roles, self.topics.tolist(), employers, strict=True)
        return [
            f"{_work(level, function, picks, organisations, employer)} {_interests(topics, picks)}"
            for (level, function, picks), topics, employer in about
        ]


def _choose(weights: list[float], count: int, random: np.random.Generator) -> NDArray[np.int64]:
    return random.choice(len(weights), count, p=shares(weights))


def _score(mean: float, spread: float, intent: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    own = random.normal(size=len(intent))
    return np.clip(mean + spread * (0.6 * intent + 0.8 * own), 0, 100)


def _title(level: int, function: int, picks: list[int]) -> str:
    templates, department = SENIORITIES[level].titles, FUNCTIONS[function]
    return templates[picks[0] % len(templates)].format(
        chief=department.chief,
        Function="IT" if department.name == "information technology" else department.name.title(),
        specialist=department.specialists[picks[1] % len(department.specialists)],
    )


def _work(level: int, function: int, picks: list[int], organisations: Organisations, employer: int) -> str:
    openings, niche = SENIORITIES[level].openings, organisations.niche_of(employer)
    place = _EMPLOYERS[picks[8] % len(_EMPLOYERS)].format(
        size=SIZE_WORDS[organisations.size[employer]],
        industry=organisations.industry_of(employer).name.lower(),
        niche=niche.name,
        product=niche.products[picks[3] % len(niche.products)],
        customer=niche.customers[picks[4] % len(niche.customers)],
        outcome=niche.outcomes[picks[2] % len(niche.outcomes)],
    )
    opening = openings[picks[2] % len(openings)].format(function=FUNCTIONS[function].name)
    return f"{opening} {place}."


def _interests(topics: list[int], picks: list[int]) -> str:
    first, second = (
        TOPICS[topic].wordings[pick % len(TOPICS[topic].wordings)]
        for topic, pick in zip(topics, picks[5:7], strict=True)
    )
    return f"{first}. {second}. {PASTIMES[picks[7] % len(PASTIMES)]}".rstrip()
