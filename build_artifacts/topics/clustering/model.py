"""The topics of one firm: group its sentences, then find words and exemplars for each group."""

import warnings
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from ..firm import FirmTopics, Topic
from .exact import distinct
from .folding import Floats, Labels, centroids, core, folded, to_own, unit
from .keywords import keywords
from .options import ClusteringOptions
from .parts import Parts, parts_of

_FEWEST = 12
"""Fewer sentences than this, or fewer different ones, are one topic."""
_CORE = 0.7
"""Share of a topic's sentences that keywords are taken from: those nearest to its centroid."""


class TopicModel:
    """Finds a firm's topics. One object serves any number of firms, in one thread.

    With `method="graph"` the result depends on nothing but the set of texts and embeddings and the options: not on
    the order of the rows, other firms, threads or processes. UMAP, even with its seed, depends on the processor.
    """

    def __init__(self, options: ClusteringOptions | None = None, parts: Parts | None = None) -> None:
        self.options = options or ClusteringOptions()
        self.parts = parts or parts_of(self.options)

    def fit(self, texts: Sequence[str], embeddings: NDArray[np.float32], name: str | None = None) -> FirmTopics:
        """The topics of n ≥ 1 texts with embeddings float32 [n, d]; words of the firm's `name` are no keywords."""
        with _threads().limit(limits=1):
            order = canonical_order(texts, embeddings)
            vectors = unit(embeddings[order])
            labels = self._labels(vectors)
            return self._described([texts[row] for row in order], vectors, labels, order, name)

    def _labels(self, vectors: Floats) -> Labels:
        if len(distinct(vectors)[0]) < _FEWEST:
            return np.zeros(len(vectors), dtype=np.int32)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "n_neighbors is larger than the dataset", UserWarning)
            reduced = self.parts.reduction.fit(vectors).transform(vectors)
        found = np.asarray(self.parts.clusterer.fit(reduced).labels_)
        return folded(vectors, found, self.options.smallest_topic)

    def _described(
        self, texts: list[str], vectors: Floats, labels: Labels, order: NDArray[np.int64], name: str | None
    ) -> FirmTopics:
        centers = centroids(vectors, labels)
        similarities = to_own(vectors, centers, labels)
        cores = core(similarities, labels, _CORE)
        rows = np.concatenate(cores)
        names = [name] if name else []
        words = keywords(
            [texts[r] for r in rows], vectors[rows], labels[rows], self.parts, self.options.keywords, names
        )
        topics = tuple(
            Topic(
                label, int((labels == label).sum()), words[label], self._exemplars(texts, rows, order), centers[label]
            )
            for label, rows in enumerate(cores)
        )
        back = np.argsort(order)
        return FirmTopics(topics, labels[back], similarities[back])

    def _exemplars(self, texts: list[str], rows: NDArray[np.int64], order: NDArray[np.int64]) -> tuple[int, ...]:
        different: dict[str, int] = {}
        for row in rows:
            different.setdefault(texts[row], int(order[row]))
        return tuple(different.values())[: self.options.exemplars]


def canonical_order(texts: Sequence[str], embeddings: NDArray[np.float32]) -> NDArray[np.int64]:
    """Rows by a hash of the text, then by the embedding: the same for a set of rows in any order."""
    keys = [
        blake2b(t.encode("utf-8", "replace"), digest_size=16).digest() + e.tobytes()
        for t, e in zip(texts, embeddings, strict=True)
    ]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)


@cache
def _threads() -> ThreadpoolController:
    """Matrices of a firm are so small that a second thread costs more than it brings."""
    return ThreadpoolController()
