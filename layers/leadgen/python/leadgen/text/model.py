"""The protocols that text models follow, and what passes through them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from leadgen.errors import ModelError
from leadgen.text.spec import TextModelSpec

TextKind = Literal["query", "passage"]
Truncate = Literal["end", "start", "error"]
"""Which side of a text that is too long for the model is left out; `error` raises `TooLongError` instead."""


class TooLongError(ModelError):
    """A text has more tokens than the model reads, and nothing of it may be left out.

    `position` is the text's place in the list, from 0; `tokens` its tokens, special ones and the model's prefix
    included; `limit` the model's.
    """

    def __init__(self, position: int, tokens: int, limit: int) -> None:
        super().__init__(f"text {position} has {tokens} tokens but the text model reads {limit}: shorten or cut it")
        self.position, self.tokens, self.limit = position, tokens, limit


@dataclass(frozen=True, slots=True)
class Tokenised:
    """Texts as a model takes them.

    `ids` holds int32 [tokens] of each text, unpadded, special tokens and the model's prefix included; `cut` int64 [n]
    counts the tokens of each text that were left out.
    """

    ids: list[NDArray[np.int32]]
    cut: NDArray[np.int64]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each text that the model reads: int64 [n]."""
        return np.fromiter(map(len, self.ids), dtype=np.int64, count=len(self.ids))


@dataclass(frozen=True, slots=True)
class Pieces:
    """One text taken apart: of each token its id, how it is spelt, where it lies in the text, whether it is special.

    `offsets` are characters, [from, to); special tokens lie nowhere: (0, 0).
    """

    ids: list[int]
    tokens: list[str]
    offsets: list[tuple[int, int]]
    special: list[bool]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Embeddings of a list of texts, and what it took to make them.

    `embeddings` is float32 [n, d] in the order of the texts; `tokens` int64 [n] counts the tokens of each text that
    were read, special ones and the model's prefix included; `cut` int64 [n] those that were left out.
    """

    embeddings: NDArray[np.float32]
    tokens: NDArray[np.int64]
    cut: NDArray[np.int64]

    @property
    def truncated(self) -> NDArray[np.bool_]:
        """Which texts were cut: bool [n]."""
        return self.cut > 0


@runtime_checkable
class TextModel(Protocol):
    """Turns texts into L2-normalised float32 embeddings."""

    @property
    def spec(self) -> TextModelSpec:
        """What the model is."""

    def encode(self, texts: Sequence[str], kind: TextKind = "query") -> NDArray[np.float32]:
        """Embed texts as queries or as passages: float32 [n, d], [0, d] for an empty list; long ones are cut."""

    def encode_counted(self, texts: Sequence[str], kind: TextKind = "query", truncate: Truncate = "end") -> Encoded:
        """Like `encode`, with the tokens of each text that were read and left out.

        Raises:
            TooLongError: a text is too long and `truncate` is `error`.
        """


@runtime_checkable
class NeuralTextModel(TextModel, Protocol):
    """A text model that reads token ids, so that tokenising and computing can be done apart."""

    def tokenise(self, texts: Sequence[str], kind: TextKind = "query", truncate: Truncate | None = "end") -> Tokenised:
        """Texts to token ids, with the model's prefix for their kind and its special tokens; None leaves them whole.

        Raises:
            TooLongError: a text is too long and `truncate` is `error`.
        """

    def wrapped(self, ids: Sequence[Sequence[int]], truncate: Truncate = "end") -> Tokenised:
        """Put special tokens around a caller's own token ids; no prefix, which would be the caller's to add.

        Raises:
            InputError: something is not the id of a token in the model's vocabulary.
            TooLongError: a list is too long and `truncate` is `error`.
        """

    def frame(self, kind: TextKind) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """What is put around a text of this kind: special tokens and prefix before it, special tokens after it."""

    def encode_tokens(self, ids: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
        """Embed what `tokenise` or `wrapped` made: float32 [n, d], L2-normalised, in the order given."""

    def pieces(self, texts: Sequence[str]) -> list[Pieces]:
        """Take texts apart, whole and without the model's prefix."""


def prefixed(texts: Sequence[str], spec: TextModelSpec, kind: TextKind) -> list[str]:
    """Put the prefix that the model was trained with before every text.

    Raises:
        TypeError: `texts` is one string, which would be embedded letter by letter.
    """
    if isinstance(texts, str):
        raise TypeError("texts must be a sequence of strings, not one string")
    prefix = prefix_of(spec, kind)
    return [prefix + text for text in texts] if prefix else list(texts)


def prefix_of(spec: TextModelSpec, kind: TextKind) -> str:
    """What the model was trained to see before a text of this kind."""
    return spec.query_prefix if kind == "query" else spec.passage_prefix
