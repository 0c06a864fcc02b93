"""From texts to embeddings: tokenised here, computed by the pool, counted for the answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar

import numpy as np
from anyio.to_thread import run_sync
from leadgen.errors import InputError
from leadgen.text.model import NeuralTextModel, Pieces, TextKind, Truncate
from leadgen.text.windows import cut_into_windows, join_windows
from numpy.typing import NDArray
from typing_extensions import TypeIs

from functions.api.embedding.measures import EmbeddingMeasures
from functions.api.embedding.pool import EmbeddingPool
from functions.api.embedding.registry import ServedModel

LongText = Literal["truncate", "window"]
"""What becomes of a text that is too long: cut, or embedded window by window and averaged by tokens."""
Texts = Sequence[str] | Sequence[Sequence[int]]
T = TypeVar("T")

# Tokenised within a millisecond: to hand them to a thread would take as long, and other requests do not notice.
_QUICK_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Manner:
    """How texts are embedded; `dimensions` shortens the embeddings, None leaves them whole."""

    kind: TextKind = "query"
    truncate: Truncate = "end"
    long_text: LongText = "truncate"
    dimensions: int | None = None


@dataclass(frozen=True, slots=True)
class Embedded:
    """Embeddings float32 [n, d], L2-normalised, in the order of the texts, and of each text, int64 [n]:

    `tokens` that were read, special ones and the model's prefix included, `cut` those that were left out, and in how
    many `windows` it was read.
    """

    embeddings: NDArray[np.float32]
    tokens: NDArray[np.int64]
    cut: NDArray[np.int64]
    windows: NDArray[np.int64]


class EmbeddingService:
    """Embeds for all operations of one process."""

    def __init__(self, pool: EmbeddingPool, measures: EmbeddingMeasures) -> None:
        self.pool = pool
        self.measures = measures

    async def embed(self, texts: Texts, served: ServedModel, manner: Manner) -> Embedded:
        """Embed texts, or the model's own token ids of texts, without special tokens and prefix.

        Raises:
            TooLongError: a text is too long and `truncate` is `error`.
            InputError: the model has no windows or tokens that are asked for, or no token of such an id.
            QueueFullError, DeadlineError: see the pool.
        """
        embedded = await self._embed(texts, served, manner)
        self.measures.read(embedded.tokens, embedded.cut)
        return embedded

    async def _embed(self, texts: Texts, served: ServedModel, manner: Manner) -> Embedded:
        if not are_texts(texts):
            _refuse_windows(manner, "token ids are")
            tokenised = await run_sync(neural(served).wrapped, texts, manner.truncate)
        elif served.neural is None:
            _refuse_windows(manner, f"the model {served.name} is")
            return await _hashed(texts, served, manner)
        elif manner.long_text == "window":
            return await self._in_windows(texts, served.neural, manner)
        else:
            tokenised = await _soon(texts, served.neural.tokenise, manner.kind, manner.truncate)
        embeddings = await self.pool.embed(neural(served), tokenised.ids)
        return _embedded(embeddings, tokenised.lengths, tokenised.cut, manner)

    async def pieces(self, texts: Sequence[str], served: ServedModel) -> list[Pieces]:
        """Take texts apart. Raises InputError where the model has no tokens."""
        return await _soon(texts, neural(served).pieces)

    async def _in_windows(self, texts: Sequence[str], model: NeuralTextModel, manner: Manner) -> Embedded:
        windows = await _soon(texts, partial(cut_into_windows, model), manner.kind)
        parts = await self.pool.embed(model, windows.ids)
        embeddings = await run_sync(join_windows, parts, windows.owner, windows.weight, len(texts))
        counts = np.bincount(windows.owner, minlength=len(texts))
        return _embedded(embeddings, windows.tokens, np.zeros_like(windows.tokens), manner, counts)


def are_texts(texts: Texts) -> TypeIs[Sequence[str]]:
    """Whether they are texts and not token ids."""
    return not texts or isinstance(texts[0], str)


def neural(served: ServedModel) -> NeuralTextModel:
    """The model, which reads token ids. Raises InputError where it does not."""
    if served.neural is None:
        raise InputError(f"The model {served.name} splits texts into words, it has no tokens: name a neural model")
    return served.neural


def shortened(embeddings: NDArray[np.float32], dimensions: int | None) -> NDArray[np.float32]:
    """The first `dimensions` of each, L2-normalised again; of zeros only, zeros (arxiv.org/abs/2205.13147)."""
    if dimensions is None or dimensions == embeddings.shape[1]:
        return embeddings
    first = embeddings[:, :dimensions]
    lengths = np.linalg.norm(first, axis=1, keepdims=True)
    renormalised: NDArray[np.float32] = np.divide(first, lengths, out=np.zeros_like(first), where=lengths > 0)
    return renormalised


def _embedded(
    embeddings: NDArray[np.float32],
    tokens: NDArray[np.int64],
    cut: NDArray[np.int64],
    manner: Manner,
    windows: NDArray[np.int64] | None = None,
) -> Embedded:
    each = np.ones_like(tokens) if windows is None else windows
    return Embedded(shortened(embeddings, manner.dimensions), tokens, cut, each)


def _refuse_windows(manner: Manner, what: str) -> None:
    if manner.long_text == "window":
        raise InputError(f"`long_text` cannot be `window`: {what} not read by windows")


async def _hashed(texts: Sequence[str], served: ServedModel, manner: Manner) -> Embedded:
    encoded = await run_sync(served.model.encode_counted, texts, manner.kind, manner.truncate)
    return _embedded(encoded.embeddings, encoded.tokens, encoded.cut, manner)


async def _soon(texts: Sequence[str], compute: Callable[..., T], *more: object) -> T:
    """`compute(texts, …)`, in another thread unless it is quick: the event loop answers everybody."""
    if sum(map(len, texts)) <= _QUICK_CHARACTERS:
        return compute(texts, *more)
    return await run_sync(compute, texts, *more)
