"""Themes across firms: group the topics of all, then describe the groups at each level."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..clustering import ClusteringOptions, Parts, parts_of
from ..clustering.folding import Floats, Labels, centroids, core, to_own, unit
from ..clustering.keywords import keywords
from .centring import without_firm
from .grouping import levels
from .options import ThemingOptions
from .tree import Theme, ThemeTree

_CORE = 0.7


def find_themes(
    embeddings: NDArray[np.float32],
    company_ids: Sequence[str],
    n_sentences: NDArray[Any],
    texts: Sequence[str],
    options: ThemingOptions | None = None,
) -> ThemeTree:
    """The themes of t ≥ 0 topics in canonical order: embeddings float32 [t, d] of their texts, the other columns [t].

    The texts, titles with summaries, give the keywords. The same rows in the same order give the same themes. Topics'
    embeddings make more coherent themes than the centroids of their sentences: on calls of 2021Q3 an NPMI of .165
    against .149, and .87 against .78 for the agreement after the loss of 5 % of the topics.
    """
    options = options or ThemingOptions()
    if len(embeddings) == 0:
        return ThemeTree((), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32))
    grouped = levels(without_firm(embeddings, company_ids, n_sentences), options.neighbours, options.smallest_theme)
    topics = _Topics(unit(embeddings), np.asarray(company_ids), np.asarray(n_sentences), list(texts))
    themes: list[Theme] = []
    for level, labels in enumerate(grouped):
        first = len(themes)
        above = grouped[level + 1] if level + 1 < len(grouped) else None
        end = first + int(labels.max()) + 1
        parents = [None if above is None else end + int(above[labels == label][0]) for label in range(end - first)]
        themes += topics.described(labels, level, parents, options)
    own = np.stack([theme.centroid for theme in themes])
    return ThemeTree(tuple(themes), grouped[0], to_own(topics.vectors, own, grouped[0]))


class _Topics:
    """All topics of a run, columns [t]."""

    def __init__(self, vectors: Floats, companies: NDArray[Any], sentences: NDArray[Any], texts: list[str]) -> None:
        self.vectors = vectors
        self._companies = companies
        self._sentences = sentences
        self._texts = texts
        self._parts: Parts = parts_of(ClusteringOptions())

    def described(
        self, labels: Labels, level: int, parents: Sequence[int | None], options: ThemingOptions
    ) -> list[Theme]:
        centers = centroids(self.vectors, labels)
        cores = core(to_own(self.vectors, centers, labels), labels, _CORE)
        rows = np.concatenate(cores)
        texts = [self._texts[row] for row in rows]
        words = keywords(texts, self.vectors[rows], labels[rows], self._parts, options.keywords)
        return [
            Theme(
                level=level,
                parent=parent,
                keywords=words[label],
                centroid=centers[label],
                central_topics=tuple(int(row) for row in cores[label][: options.central_topics]),
                n_topics=int((labels == label).sum()),
                n_firms=len(np.unique(self._companies[labels == label])),
                n_sentences=int(self._sentences[labels == label].sum()),
            )
            for label, parent in enumerate(parents)
        ]
