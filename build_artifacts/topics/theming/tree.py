"""The themes of a run, the broader above the narrower."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..clustering.keywords import Keywords


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme. One whose topics are all of one firm is kept as any other; `n_firms` tells it."""

    level: int
    """0 for themes that topics belong to, 1 and more for those above."""
    parent: int | None
    """Place of the broader theme in `ThemeTree.themes`."""
    keywords: Keywords
    centroid: NDArray[np.float32]
    """Mean of its topics' embeddings at unit length, [d]."""
    central_topics: tuple[int, ...]
    """Rows of the topics nearest to the centroid, the nearest first."""
    n_topics: int
    n_firms: int
    n_sentences: int


@dataclass(frozen=True, slots=True)
class ThemeTree:
    """Themes by rising level, the largest of a level first; each topic's theme of level 0."""

    themes: tuple[Theme, ...]
    labels: NDArray[np.int32]
    """[t], place in `themes`."""
    similarities: NDArray[np.float32]
    """[t], cosine of the topic's embedding with its theme's centroid."""
