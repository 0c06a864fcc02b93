"""A description out of the site's own sentences."""

from collections.abc import Sequence

from build_artifacts.descriptions.sources import Source

LONGEST_DESCRIPTION = 500
_MOST_SENTENCES = 3
_WORTH = 0.55
"""A further sentence stands only where it is at least this share as good as the first."""


def extractive_sources(ranked: Sequence[Source]) -> list[Source]:
    """Up to three of the ranked sentences that fit into 500 characters, the best first; none where there are none."""
    chosen: list[Source] = []
    for source in ranked:
        length = sum(len(each.text) + 1 for each in chosen) + len(source.text)
        if not chosen or (length <= LONGEST_DESCRIPTION and source.weight >= _WORTH * chosen[0].weight):
            chosen.append(source)
        if len(chosen) == _MOST_SENTENCES:
            break
    return chosen
