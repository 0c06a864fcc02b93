"""The declared offline mode: words and character n-grams hashed into a fixed number of signed dimensions.

Method: K. Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009; n-grams inside
word boundaries as in P. Bojanowski et al., "Enriching Word Vectors with Subword Information", TACL 2017.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from leadgen.text.model import Encoded, TextKind, TooLongError, Truncate, prefixed
from leadgen.text.spec import TextModelSpec

_WORD = re.compile(r"\w+")
_NGRAM_SIZES = (3, 4, 5)
_MAX_WORDS = 4096
_MAX_WORD_LENGTH = 100
_METHOD = "words and 3-5-grams, blake2b-64, 1"


def hashing_spec(dimension: int = 384) -> TextModelSpec:
    """Specification of the hashing model of the given width."""
    return TextModelSpec(
        id="hashing",
        kind="hashing",
        dimension=dimension,
        max_tokens=_MAX_WORDS,
        pooling="none",
        sha256=hashlib.sha256(f"{_METHOD}, {dimension}".encode()).hexdigest(),
        source="built in",
    )


class HashingTextModel:
    """A bag of words and character n-grams, with no meaning beyond shared spelling; needs no file."""

    def __init__(self, spec: TextModelSpec | None = None) -> None:
        self.spec = spec or hashing_spec()

    def encode(self, texts: Sequence[str], kind: TextKind = "query") -> NDArray[np.float32]:
        """Embed texts: float32 [n, d]. A text without a single word is a row of zeros."""
        return self.encode_counted(texts, kind).embeddings

    def encode_counted(self, texts: Sequence[str], kind: TextKind = "query", truncate: Truncate = "end") -> Encoded:
        """Embed texts and count words; texts are cut at 4,096 words."""
        embeddings = np.zeros((len(texts), self.spec.dimension), dtype=np.float32)
        tokens, cut = np.zeros(len(texts), dtype=np.int64), np.zeros(len(texts), dtype=np.int64)
        for row, text in enumerate(prefixed(texts, self.spec, kind)):
            words = _words(text)
            if len(words) > _MAX_WORDS and truncate == "error":
                raise TooLongError(row, len(words), _MAX_WORDS)
            read = words[-_MAX_WORDS:] if truncate == "start" else words[:_MAX_WORDS]
            embeddings[row] = _embed(read, self.spec.dimension)
            tokens[row], cut[row] = len(read), len(words) - len(read)
        return Encoded(embeddings, tokens, cut)


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return [word[:_MAX_WORD_LENGTH] for word in _WORD.findall(folded)]


def _embed(words: list[str], dimension: int) -> NDArray[np.float64]:
    vector = np.zeros(dimension)
    for word, count in Counter(words).items():
        buckets, values = _features(word, dimension)
        np.add.at(vector, buckets, (1.0 + np.log(count)) * values)
    norm = np.linalg.norm(vector)
    return vector / norm if norm > 0 else vector


@lru_cache(maxsize=16_384)
def _features(word: str, dimension: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Buckets and signed values of a word: weight 1 for the word itself, 1 in norm for all its n-grams."""
    bounded = f"<{word}>"
    ngrams = [bounded[i : i + n] for n in _NGRAM_SIZES for i in range(len(bounded) - n + 1)]
    hashes = np.array([_hash(feature) for feature in (f" {word}", *ngrams)], dtype=np.uint64)
    weights = np.full(len(hashes), 1.0 / np.sqrt(max(1, len(ngrams))))
    weights[0] = 1.0
    signs = np.where(hashes & np.uint64(1), 1.0, -1.0)
    return ((hashes >> np.uint64(1)) % np.uint64(dimension)).astype(np.intp), weights * signs


def _hash(feature: str) -> int:
    encoded = feature.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(encoded, digest_size=8).digest(), "little")
