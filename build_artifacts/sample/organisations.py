"""The companies behind the sample: attributes drawn as arrays, names and descriptions made when asked for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from build_artifacts.sample.industries import INDUSTRIES, Industry, Niche
from build_artifacts.sample.people import SIZE_LIMITS
from build_artifacts.sample.places import COUNTRIES, Country

_PREFIX_TEXT = """
North South East West Blue Green Silver Copper Iron Golden Amber Cedar Oak Maple Birch Willow River Lake Ocean
Harbor Summit Valley Stone Granite Crystal Clear Bright Swift True Noble Prime Nova Luna Solar Polar Arctic
Alpine Meadow Falcon Heron Raven Otter Lynx Bison Coral Ember Frost Storm Thunder Star Orbit Vector Quartz
Cobalt Indigo Scarlet Hollow Hidden Lantern Anchor Compass Beacon Bramble Thistle Juniper Saffron
"""
_SUFFIX_TEXT = """
field gate bridge peak stone brook crest ridge port haven mark point line path light works craft forge mill
dale ford grove leaf root spark wave stream shore cliff view yard hill wood well bay land side row ton worth
"""
PREFIXES = tuple(_PREFIX_TEXT.split())
SUFFIXES = tuple(_SUFFIX_TEXT.split())
BRANDS = len(PREFIXES) * len(SUFFIXES)
# Coprime to BRANDS, so that stepping by it visits every brand once before any repeats.
_STRIDE = 1009
_MANY = 240
_NEWEST = 2024


@dataclass(frozen=True, slots=True)
class Organisations:
    """n companies as lists of n: indices into the vocabularies, size class, employees and founding year."""

    industry: list[int]
    niche: list[int]
    country: list[int]
    city: list[int]
    legal_form: list[int]
    second_word: list[int]
    size: list[int]
    employees: list[int]
    founded: list[int]
    offset: int

    def __len__(self) -> int:
        return len(self.industry)

    def industry_of(self, number: int) -> Industry:
        """The company's industry."""
        return INDUSTRIES[self.industry[number]]

    def niche_of(self, number: int) -> Niche:
        """The company's line of business."""
        niches = self.industry_of(number).niches
        return niches[self.niche[number] % len(niches)]

    def country_of(self, number: int) -> Country:
        """The company's country."""
        return COUNTRIES[self.country[number]]

    def city_of(self, number: int) -> str:
        """The company's city."""
        cities = self.country_of(number).cities
        return cities[self.city[number] % len(cities)]

    def short_name(self, number: int) -> str:
        """Two words, such as "Ironbrook Robotics"; unique while there are no more companies than brands."""
        brand = (number * _STRIDE + self.offset) % BRANDS
        prefix, suffix = divmod(brand, len(SUFFIXES))
        seconds = self.industry_of(number).second_words
        return f"{PREFIXES[prefix]}{SUFFIXES[suffix]} {seconds[self.second_word[number] % len(seconds)]}"

    def name(self, number: int) -> str:
        """The short name with a legal form of the country."""
        forms = self.country_of(number).legal_forms
        return f"{self.short_name(number)} {forms[self.legal_form[number] % len(forms)]}"

    def domain(self, number: int) -> str:
        """A domain of its own under the reserved top level .example (RFC 2606)."""
        epoch = number // BRANDS
        label = self.short_name(number).lower().replace(" ", "-")
        return f"{label}-{epoch}.example" if epoch else f"{label}.example"


def draw_organisations(count: int, seed: int) -> Organisations:
    """Draw `count` companies, the same for the same count and seed."""
    random = np.random.default_rng([seed, 0])
    employees = np.exp(random.normal(5.0, 1.8, count)).clip(2, 180_000).astype(np.int64)
    ages = np.exp(random.normal(2.9, 0.8, count)).clip(1, 160).astype(np.int64)
    # Indices of lists of different lengths are taken modulo their lengths, so one range serves all of them.
    niche, city, legal_form, second_word = random.integers(0, _MANY, size=(4, count)).tolist()
    return Organisations(
        industry=random.choice(len(INDUSTRIES), count, p=shares([i.share for i in INDUSTRIES])).tolist(),
        niche=niche,
        country=random.choice(len(COUNTRIES), count, p=shares([c.share for c in COUNTRIES])).tolist(),
        city=city,
        legal_form=legal_form,
        second_word=second_word,
        size=np.searchsorted(SIZE_LIMITS, employees).tolist(),
        employees=employees.tolist(),
        founded=(_NEWEST - ages).tolist(),
        offset=int(random.integers(BRANDS)),
    )


def shares(weights: list[float]) -> NDArray[np.float64]:
    """Weights scaled to a sum of 1."""
    scaled: NDArray[np.float64] = np.asarray(weights) / sum(weights)
    return scaled
