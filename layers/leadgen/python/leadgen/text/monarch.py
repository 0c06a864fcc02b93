"""M2-BERT as a text model: padding, batches and pooling around its encoder."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from leadgen.cores import usable_cores
from leadgen.text.monarch_encoder import MonarchEncoder
from leadgen.text.neural import EncoderTextModel
from leadgen.text.spec import TextModelSpec

# Bounds memory: 12 kB a token of states and projections at 768 channels. Texts of a batch share their kernels.
_TOKEN_BUDGET = 16_384
SELF_TEST_POSITIONS = 64
"""What texts of the self-test are padded to: it runs whenever a model is loaded, and must not take long."""


class MonarchTextModel(EncoderTextModel):
    """A compiled M2-BERT. Every text is padded with `[PAD]` to `spec.max_tokens` positions.

    Padding takes part in the convolutions, as when the model was trained: without it embeddings differ (cosine .35,
    github.com/HazyResearch/m2/issues/43) and find nothing (issues/19). A text's time is that of the longest therefore;
    a shorter `max_tokens` makes all faster. Embeddings do not depend on what else is in a batch. Safe to call from
    several threads at once; they take turns.
    """

    def __init__(self, folder: Path, spec: TextModelSpec, threads: int | None = None) -> None:
        super().__init__(folder, spec)
        self._encoder = MonarchEncoder(folder, threads or usable_cores())
        self._positions = spec.max_tokens

    def for_self_test(self) -> Self:
        """The same model, padding texts to `SELF_TEST_POSITIONS` only."""
        shorter = copy.copy(self)
        shorter._positions = min(SELF_TEST_POSITIONS, self.spec.max_tokens)
        return shorter

    def encode_tokens(self, ids: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
        """Embed token ids: float32 [n, d], L2-normalised, in the order given."""
        embeddings = np.empty((len(ids), self.spec.dimension), dtype=np.float32)
        step = max(1, _TOKEN_BUDGET // self._positions)
        for start in range(0, len(ids), step):
            embeddings[start : start + step] = self._embed(ids[start : start + step])
        return embeddings

    def _embed(self, ids: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
        tokens = np.zeros((len(ids), self._positions), dtype=np.int32)
        for row, text in zip(tokens, ids, strict=True):
            row[: len(text)] = text
        read = [1 if self.spec.pooling == "cls" else len(text) for text in ids]
        pooled = [self._encoder.pooled(states.mean(axis=0)) for states in self._encoder.states(tokens, read)]
        return np.stack([embedding / np.linalg.norm(embedding) for embedding in pooled])
