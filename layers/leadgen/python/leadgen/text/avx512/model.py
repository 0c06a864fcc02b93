"""Neural text models on the C library: no padding, one text's embedding the same bits in any company."""

import ctypes
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leadgen.cores import usable_cores
from leadgen.errors import ModelError
from leadgen.text.avx512.library import load_library
from leadgen.text.avx512.weights import EncoderSizes, encoder_of, map_weights
from leadgen.text.batching import TOKEN_BUDGET
from leadgen.text.neural import EncoderTextModel
from leadgen.text.spec import TENSORS_FILE, TextModelSpec

# Handing work to another thread costs about as much as embedding this many tokens.
_LEAST_TOKENS = 64


class Avx512TextModel(EncoderTextModel):
    """A compiled BERT or XLM-R encoder; its cores embed different texts. Safe to call from several threads at once."""

    on_gpu = False

    def __init__(self, folder: Path, spec: TextModelSpec, threads: int | None = None) -> None:
        super().__init__(folder, spec)
        self._library = load_library()
        self._sizes = EncoderSizes.read(folder)
        if self._sizes.hidden != spec.dimension:
            raise ModelError(f"{folder} mixes two models: compile the text model again")
        self._tensors = map_weights(folder / TENSORS_FILE, self._sizes)
        self._encoder = encoder_of(self._sizes, self._tensors)
        self._threads = threads or usable_cores()
        self._executor = ThreadPoolExecutor(self._threads, "embed")

    def encode_tokens(self, ids: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
        """Embed token ids: float32 [n, d], L2-normalised, in the order given.

        Raises:
            ModelError: a text has no token, more than the model has positions, or an id beyond its vocabulary.
        """
        embeddings = np.empty((len(ids), self.spec.dimension), dtype=np.float32)
        if not len(ids):
            return embeddings
        tokens = np.ascontiguousarray(np.concatenate(ids), dtype=np.int32)
        starts = np.zeros(len(ids) + 1, dtype=np.int32)
        np.cumsum([len(row) for row in ids], out=starts[1:])
        self._check(tokens, np.diff(starts))
        share = max(_LEAST_TOKENS, -(-len(tokens) // self._threads))
        ranges = list(_ranges(starts, min(TOKEN_BUDGET, share)))
        work = partial(self._embed, tokens, starts, embeddings)
        # Drained, so that what a thread raises is raised here.
        deque(map(work, ranges) if len(ranges) == 1 else self._executor.map(work, ranges), maxlen=0)
        return embeddings

    def _embed(
        self,
        tokens: NDArray[np.int32],
        starts: NDArray[np.int32],
        embeddings: NDArray[np.float32],
        texts: tuple[int, int],
    ) -> None:
        start, stop = texts
        local = starts[start : stop + 1] - starts[start]
        addresses = (tokens[starts[start] :].ctypes.data, local.ctypes.data)
        encoder, out = ctypes.byref(self._encoder), embeddings[start:].ctypes.data
        if self._library.embed(encoder, *addresses, stop - start, out):
            raise MemoryError(f"no memory to embed {local[-1]} tokens")

    def _check(self, tokens: NDArray[np.int32], lengths: NDArray[np.int32]) -> None:
        """The library trusts its input: an id or a position too many would read other memory."""
        sizes = self._sizes
        longest = sizes.positions - (sizes.padding + 1)
        if lengths.min() < 1 or lengths.max() > longest:
            raise ModelError(f"the text model {self.spec.id} embeds 1 to {longest} tokens a text")
        if tokens.min() < 0 or tokens.max() >= sizes.vocabulary:
            raise ModelError(f"the text model {self.spec.id} has no token ids beyond {sizes.vocabulary - 1}")


def _ranges(starts: NDArray[np.int32], budget: int) -> Iterator[tuple[int, int]]:
    """Neighbouring texts [start, stop) of at most `budget` tokens together, or one text."""
    start, last = 0, len(starts) - 1
    while start < last:
        stop = int(np.searchsorted(starts, starts[start] + budget, side="right")) - 1
        stop = max(start + 1, stop)
        yield start, stop
        start = stop
