"""Words that tell a group of texts from the others, by BERTopic's class-based TF-IDF."""

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .parts import WORD, Parts, bertopic

Keywords = tuple[tuple[str, float], ...]


def keywords(
    texts: Sequence[str],
    embeddings: NDArray[np.float32],
    labels: NDArray[Any],
    parts: Parts,
    top: int,
    ignored: Iterable[str] = (),
) -> list[Keywords]:
    """At most `top` words with weights for each of the labels 0, 1, … [n], the heaviest first.

    Words that only one text of the label has come last: they say little of the others, and without them NPMI is higher
    (measured on earnings calls). Words of the `ignored` names count for nothing. Without a representation model
    BERTopic's object is left out: its bookkeeping takes three times as long as the words themselves.
    """
    unwanted = {word for name in ignored for word in re.findall(WORD, name.lower())}
    if parts.representation is None:
        return _weighted(texts, labels, parts, top, unwanted)
    model = bertopic(parts, top + len(unwanted), labelled=True).fit(list(texts), embeddings, y=labels)
    found = {int(label): model.get_topic(topic) for label, topic in zip(labels, model.topics_, strict=True)}
    return [
        tuple((word, float(weight)) for word, weight in found[label] if word and word not in unwanted)[:top]
        for label in range(len(found))
    ]


def _weighted(texts: Sequence[str], labels: NDArray[Any], parts: Parts, top: int, unwanted: set[str]) -> list[Keywords]:
    shape = (int(labels.max()) + 1, len(texts))
    try:
        counts = parts.vectorizer.fit_transform(texts)
    except ValueError:  # scikit-learn's answer to texts without a single word
        return [()] * shape[0]
    words = parts.vectorizer.get_feature_names_out()
    groups = sparse.csr_matrix((np.ones(len(texts), dtype=counts.dtype), (labels, np.arange(len(texts)))), shape)
    weights = _weights(groups @ counts, parts)
    shared = (groups @ (counts > 0)).toarray() > 1
    return [_heaviest(weights, label, shared[label], words, unwanted, top) for label in range(shape[0])]


def _weights(counts: sparse.csr_matrix, parts: Parts) -> sparse.csr_matrix:
    """Weights of words in groups [k, w]; BERTopic's transformer raises for a single word, which needs no weighing."""
    return sparse.csr_matrix(parts.weighting.fit_transform(counts) if counts.shape[1] > 1 else counts > 0, dtype=float)


def _heaviest(
    weights: sparse.csr_matrix, label: int, shared: NDArray[Any], words: NDArray[Any], unwanted: set[str], top: int
) -> Keywords:
    row = slice(weights.indptr[label], weights.indptr[label + 1])
    columns, values = weights.indices[row], weights.data[row]
    ranked = np.lexsort((columns, -values, ~shared[columns]))
    order = (place for place in ranked if words[columns[place]] not in unwanted)
    return tuple((str(words[columns[place]]), float(values[place])) for place in islice(order, top))
