"""TF-IDF over the companies of a run: the words that tell one from the others, and the sentences that say most."""

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

WORD = re.compile(r"[^\W\d_][^\W_]*(?:[-'’][^\W\d_]+)*")
_WEB_WORDS = """
home page website site web click read more contact us email e-mail phone telephone fax address copyright reserved rights
cookie cookies privacy policy terms conditions login sign menu search newsletter subscribe browser javascript online
welcome copyrighted view learn please call today visit book
"""
_STOPPED = ENGLISH_STOP_WORDS | frozenset(_WEB_WORDS.split())
_MOST_WORDS = 100_000


class Corpus:
    """Fitted over the texts of all companies, in any order: the same texts give the same weights."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._vectorizer = TfidfVectorizer(
            tokenizer=_words,
            token_pattern=None,
            lowercase=False,
            stop_words=None,
            max_features=_MOST_WORDS,
            sublinear_tf=True,
            dtype=np.float32,
        )
        try:
            self._vectorizer.fit(texts)
        except ValueError:  # scikit-learn's answer to texts without a single word
            self._vectorizer.fit(["unknown"])
        self._names = self._vectorizer.get_feature_names_out()

    def vectors(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """float32 [n, words], L2-normalised."""
        return self._vectorizer.transform(texts)

    def keywords(self, text: str, name: str, most: int) -> list[str]:
        """At most `most` words, the most telling first; none of the company's own name, no two of one stem."""
        row = self.vectors([text])
        own = {_stem(word) for word in _words(name)}
        chosen: dict[str, str] = {}
        for i in np.lexsort((row.indices, -row.data)):
            word = str(self._names[row.indices[i]])
            if _stem(word) not in own:
                chosen.setdefault(_stem(word), word)
            if len(chosen) == most:
                break
        return list(chosen.values())

    def telling(self, text: str, sentences: Sequence[str]) -> NDArray[np.float32]:
        """float32 [n]: how much of what tells the company from others each sentence says."""
        if not sentences:
            return np.zeros(0, dtype=np.float32)
        return np.asarray((self.vectors(sentences) @ self.vectors([text]).T).todense()).ravel()


def _words(text: str) -> list[str]:
    return [word for word in (each.lower() for each in WORD.findall(text)) if len(word) > 2 and word not in _STOPPED]


_ENDINGS = ("ings", "ing", "ies", "ers", "er", "es", "ed", "s", "y", "e")


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def stems(text: str) -> frozenset[str]:
    """Stems of a text's telling words; crude, and enough to see whether two texts speak of the same."""
    return frozenset(map(_stem, _words(text)))


def joined(parts: Iterable[str]) -> str:
    """One text of a company's sentences."""
    return "\n".join(parts)
