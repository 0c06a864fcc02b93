"""How topics become themes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThemingOptions:
    """Settings of `find_themes`; a run is known by them."""

    neighbours: int = 15
    smallest_theme: int = 3
    """Groups of fewer topics join the nearest theme."""
    keywords: int = 10
    central_topics: int = 8
