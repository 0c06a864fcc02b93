"""How good the words of topics are: NPMI and diversity, by one definition for every method."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

Words = list[str]


def npmi(topics: Sequence[Words], corpus: Sequence[str], clean: Callable[[str], str] = str.lower) -> float:
    """Mean normalised pointwise mutual information of the pairs of a topic's words, then of the topics.

    A probability is the share of the corpus's texts, `clean`ed as the method does, that hold the word or both words; a
    pair that is never together counts -1. Source: Bouma, GSCL (2009); Lau et al., EACL (2014).
    """
    vocabulary = sorted({word for topic in topics for word in topic})
    if not vocabulary:
        return float("nan")
    counter = CountVectorizer(vocabulary=vocabulary, binary=True, preprocessor=clean, token_pattern=r"(?u)\b\w\w+\b")
    holds = counter.transform(corpus).tocsc().astype(np.float64)
    place = {word: column for column, word in enumerate(vocabulary)}
    scores = []
    for topic in topics:
        chosen = holds[:, [place[word] for word in topic]]
        together = (chosen.T @ chosen).toarray() / len(corpus)
        pairs = [_pair(together, i, j) for i, j in itertools.combinations(range(len(topic)), 2)]
        scores += [float(np.mean(pairs))] if pairs else []
    return float(np.mean(scores))


def _pair(together: np.ndarray, i: int, j: int) -> float:
    both = together[i, j]
    if both in (0.0, 1.0):
        return 2.0 * float(both) - 1.0
    return float(np.log(both / (together[i, i] * together[j, j])) / -np.log(both))


def diversity(topics: Sequence[Words]) -> float:
    """Share of different words among all words of a firm's topics. Source: Dieng et al., TACL 8 (2020)."""
    words = [word for topic in topics for word in topic]
    return len(set(words)) / len(words) if words else float("nan")
