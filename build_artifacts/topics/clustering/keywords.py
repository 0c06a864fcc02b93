"""Words that tell a group of texts from the others, by BERTopic's class-based TF-IDF."""

import re
from collections.abc import Iterable, Sequence
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

    Words of the `ignored` names count for nothing. Without a representation model BERTopic's object is left out: its
    bookkeeping takes three times as long as the words themselves, and the words are the same.
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
    wanted = np.array([word not in unwanted for word in words])
    groups = sparse.csr_matrix((np.ones(len(texts), dtype=counts.dtype), (labels, np.arange(len(texts)))), shape)
    if len(words) == 1:  # which BERTopic's transformer cannot weigh
        return [((str(words[0]), 1.0),) if wanted[0] and said else () for said in (groups @ counts).toarray()[:, 0]]
    weights = parts.weighting.fit_transform(groups @ counts).tocsr()[:, wanted]
    return [_heaviest(weights[label], words[wanted], top) for label in range(shape[0])]


def _heaviest(row: sparse.csr_matrix, words: NDArray[Any], top: int) -> Keywords:
    order = np.lexsort((row.indices, -row.data))[:top]
    return tuple((str(words[row.indices[i]]), float(row.data[i])) for i in order)
