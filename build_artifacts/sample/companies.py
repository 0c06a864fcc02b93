"""The sample's companies table: a row and a description for each organisation."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from build_artifacts.sample.industries import Niche
from build_artifacts.sample.organisations import Organisations

_FIELDS: list[tuple[str, pa.DataType]] = [
    ("company_id", pa.string()),
    ("name", pa.string()),
    ("description", pa.string()),
    ("industry", pa.string()),
    ("sector", pa.string()),
    ("country", pa.string()),
    ("city", pa.string()),
    ("employees", pa.int64()),
    ("founded_year", pa.int64()),
    ("website", pa.string()),
    ("sic", pa.string()),
]
SCHEMA = pa.schema(_FIELDS)
_OPENINGS = (
    "{name} provides {a} and {b} for {x}.",
    "{name} makes {a}, {b} and {c} used by {x} and {y}.",
    "Based in {city}, {name} is a specialist for {niche} that serves {x}.",
    "{name} helps {x} to {u} with {a}.",
    "Since {year}, {name} has supplied {x} with {a} and {b}.",
    "{name} develops {a} so that {x} can {u}.",
)
_MIDDLES = (
    "Its range covers {b}, {c} and {d}.",
    "Besides {a}, it offers {c} and {d}, mostly to {y}.",
    "Customers choose its {b} to {v}.",
    "The firm's best-known line, {c}, lets {y} {u}.",
    "It combines {a} with {d} in order to {v}.",
    "{Y} use its {d} to {u}, while {z} rely on its {b}.",
)
_CLOSINGS = (
    "Founded in {year} and based in {city}, {country}, it employs about {staff} people.",
    "About {staff} people work at its headquarters in {city} and in the field.",
    "It sells directly and through partners in {country} and neighbouring markets.",
    "It was founded in {year} by people who had worked for {x}.",
    "It is owned by its employees and runs its own service centre in {city}.",
    "Half of its revenue comes from {y}, the rest from {z}.",
)
_EXTRAS = (
    "Research goes into {b} and into ways to {v}.",
    "A subsidiary rents out {e} to {z}.",
    "It publishes an annual report on {niche}.",
    "New contracts with {y} include {e} and training.",
    "In {niche}, it competes with larger groups by offering {c} on short notice.",
)


def company_columns(organisations: Organisations, start: int, stop: int, seed: int) -> dict[str, list[Any]]:
    """Columns of the companies `start` to `stop` - 1, some cells missing and some rows unusable."""
    random = np.random.default_rng([seed, 1, start])
    numbers = range(start, stop)
    columns: dict[str, list[Any]] = {
        "company_id": [f"comp-{number:06d}" for number in numbers],
        "name": [organisations.name(number) for number in numbers],
        "description": [_description(organisations, number, random) for number in numbers],
        "industry": [organisations.industry_of(number).name for number in numbers],
        "sector": [organisations.industry_of(number).sector for number in numbers],
        "country": [organisations.country_of(number).name for number in numbers],
        "city": [organisations.city_of(number) for number in numbers],
        "employees": organisations.employees[start:stop],
        "founded_year": organisations.founded[start:stop],
        "website": [f"https://www.{organisations.domain(number)}" for number in numbers],
        "sic": [organisations.industry_of(number).sic for number in numbers],
    }
    _blank(columns, random)
    return columns


def _blank(columns: dict[str, list[Any]], random: np.random.Generator) -> None:
    count = len(columns["company_id"])
    for column, share in {"employees": 0.08, "founded_year": 0.06, "city": 0.03, "website": 0.04}.items():
        for row in np.flatnonzero(random.random(count) < share):
            columns[column][row] = None
    for row in np.flatnonzero(random.random(count) < 0.003):
        for column in columns.keys() - {"company_id"}:
            columns[column][row] = None
    for row in np.flatnonzero(random.random(count) < 0.002):
        columns["company_id"][row] = columns["company_id"][row - 1]


def _description(organisations: Organisations, number: int, random: np.random.Generator) -> str:
    words = _words(organisations, number, random)
    pick = _picker(random)
    middles = [pick(_MIDDLES), pick(_EXTRAS)] if random.random() < 0.6 else [pick(_MIDDLES)]
    sentences = [pick(_OPENINGS), *middles, pick(_CLOSINGS)]
    return " ".join(sentence.format_map(words) for sentence in sentences)


def _picker(random: np.random.Generator) -> Callable[[tuple[str, ...]], str]:
    return lambda options: options[random.integers(len(options))]


def _words(organisations: Organisations, number: int, random: np.random.Generator) -> dict[str, str]:
    niche = organisations.niche_of(number)
    words = {
        "name": organisations.name(number),
        "city": organisations.city_of(number),
        "country": organisations.country_of(number).name,
        "year": str(organisations.founded[number]),
        "staff": str(_rounded(organisations.employees[number])),
        "niche": niche.name,
    }
    return words | _niche_words(niche, random)


def _niche_words(niche: Niche, random: np.random.Generator) -> dict[str, str]:
    products = random.permutation(len(niche.products))
    customers = random.permutation(len(niche.customers))
    outcomes = random.permutation(len(niche.outcomes))
    found = {letter: niche.products[index] for letter, index in zip("abcde", products, strict=True)}
    found |= {letter: niche.customers[index] for letter, index in zip("xyz", customers, strict=True)}
    found |= {letter: niche.outcomes[index] for letter, index in zip("uv", outcomes, strict=True)}
    return found | {"Y": found["y"][0].upper() + found["y"][1:]}


def _rounded(number: int) -> int:
    step: int = 10 ** max(len(str(number)) - 2, 0)
    return number // step * step
