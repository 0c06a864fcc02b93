"""TF-IDF over the words of the corpus, folded to a few hundred dimensions (LSA), applied with numpy alone."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\w\w+")
_MAX_CHARACTERS = 20_000


def words(text: str) -> list[str]:
    """Lower-case words of two letters or more; text beyond 20,000 characters is not read."""
    return _WORD.findall(text[:_MAX_CHARACTERS].lower())


class LexicalTransform:
    """`idf`: float32 [words]; `components`: float16 [words, dimension], the spectrum's softening folded in.

    Source: Deerwester et al., Indexing by Latent Semantic Analysis, JASIS 41 (1990).
    """

    def __init__(self, vocabulary: Sequence[str], idf: NDArray[np.float32], components: NDArray[np.float16]) -> None:
        self.words = tuple(vocabulary)
        self._position = {word: i for i, word in enumerate(self.words)}
        self._idf = idf
        self._components = components
        # One request weighs the same text for its vector and for each explanation.
        self._look_up = lru_cache(maxsize=8)(self._weigh_and_fetch)

    @property
    def dimension(self) -> int:
        """Width of the folded vector."""
        return int(self._components.shape[1])

    def weigh(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Positions of the text's known words and their L2-normalised TF-IDF weights (sublinear term frequency)."""
        counts = Counter(i for word in words(text) if (i := self._position.get(word)) is not None)
        positions = np.fromiter(counts, dtype=np.int64, count=len(counts))
        frequency = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        weights = (1.0 + np.log(np.maximum(frequency, 1.0))) * self._idf[positions]
        return positions, (weights / max(float(np.linalg.norm(weights)), 1e-9)).astype(np.float32)

    def apply(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Folded vectors, float32 [n, dimension]; all zeros for a text without a known word."""
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for i, text in enumerate(texts):
            _, weights, components = self._look_up(text)
            out[i] = weights @ components
        return out

    def _weigh_and_fetch(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
        positions, weights = self.weigh(text)
        return positions, weights, self._components[positions].astype(np.float32)

    def word_contributions(
        self, text: str, gradients: NDArray[np.float32]
    ) -> tuple[Sequence[str], NDArray[np.float32]]:
        """The text's m known words, and how much each adds along n `gradients` float32 [n, dimension]: float32 [n, m].

        A row's sum is `apply([text])[0] @ gradient`.
        """
        positions, weights, components = self._look_up(text)
        return [self.words[p] for p in positions], (gradients @ components.T) * weights

    def frequent_words(self, count: int) -> list[str]:
        """The words in most texts."""
        return [self.words[i] for i in np.argsort(self._idf, kind="stable")[:count]]

    def save(self, folder: Path) -> None:
        """Write `vocabulary.json`, `idf.npy` and `components.npy`."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "vocabulary.json").write_text(json.dumps(self.words, ensure_ascii=False), "utf-8")
        np.save(folder / "idf.npy", self._idf)
        np.save(folder / "components.npy", self._components)

    @classmethod
    def load(cls, folder: Path) -> "LexicalTransform":
        """Open by memory map."""
        vocabulary = json.loads((folder / "vocabulary.json").read_text("utf-8"))
        idf = np.load(folder / "idf.npy", allow_pickle=False)
        return cls(vocabulary, idf, np.load(folder / "components.npy", mmap_mode="r", allow_pickle=False))
