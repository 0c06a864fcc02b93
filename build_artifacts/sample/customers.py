"""The sample's people: who works where, under which name and address, with which scores and spending."""

from functools import cache
from math import gcd
from typing import Any

import numpy as np
from leadgen.duplicates.folding import words
from numpy.typing import NDArray

from build_artifacts.sample.biographies import Draws
from build_artifacts.sample.organisations import Organisations
from build_artifacts.sample.people import SIZES
from build_artifacts.sample.spend import annual_spend

Columns = dict[str, list[Any]]
# Reserved by RFC 2606, so no address can reach anybody.
_PERSONAL_MAIL = ("example.com", "example.net", "example.org")


def draw_people(organisations: Organisations, numbers: NDArray[np.int64], random: np.random.Generator) -> Columns:
    """Complete rows of the people with these numbers; all companies get one before any gets another."""
    pool = len(organisations)
    employers: list[int] = (numbers * _stride(pool) % pool).tolist()
    ordinals: list[int] = (numbers // pool).tolist()
    draws = Draws(len(numbers), random)
    names = [_name(organisations, *place) for place in zip(employers, ordinals, strict=True)]
    return {
        "name": [f"{given} {family}" for given, family in names],
        "company": [organisations.name(number) for number in employers],
        "industry": [organisations.industry_of(number).name for number in employers],
        "company_size": [SIZES[organisations.size[number]] for number in employers],
        "country": [organisations.country_of(number).name for number in employers],
        "city": [organisations.city_of(number) for number in employers],
        "job_title": draws.titles(),
        "bio": draws.biographies(organisations, employers),
        "web_activity_score": draws.activity.round().tolist(),
        "email_engagement_score": draws.engagement.round().tolist(),
        "email": [
            _personal_email(name, number) if personal else _work_email(name, organisations.domain(employer))
            for name, number, personal, employer in zip(
                names, numbers.tolist(), draws.personal_mail.tolist(), employers, strict=True
            )
        ],
        "website": [f"https://www.{organisations.domain(number)}" for number in employers],
        "annual_spend": annual_spend(organisations, employers, draws, random).round(2).tolist(),
    }


def _stride(pool: int) -> int:
    """A step that visits all of the pool, coprime to its size."""
    stride = 7919
    while gcd(stride, pool) != 1:
        stride += 2
    return stride


def _name(organisations: Organisations, employer: int, ordinal: int) -> tuple[str, str]:
    """The ordinal-th colleague's name; no two colleagues share one before all pairs are used."""
    country = organisations.country_of(employer)
    given, family = country.given_names, country.family_names
    index = (employer * 31 + ordinal) % (len(given) * len(family))
    return given[(index + index // len(given)) % len(given)], family[index // len(given)]


def _work_email(name: tuple[str, str], domain: str) -> str:
    return f"{_local_part(name)}@{domain}"


def _personal_email(name: tuple[str, str], number: int) -> str:
    return f"{_local_part(name)}{number}@{_PERSONAL_MAIL[number % len(_PERSONAL_MAIL)]}"


@cache
def _local_part(name: tuple[str, str]) -> str:
    return ".".join("".join(words(part)) for part in name)
