"""The protocol that every text model follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from leadgen.text.spec import TextModelSpec

TextKind = Literal["query", "passage"]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Embeddings of a list of texts, and what it took to make them.

    `embeddings` is float32 [n, d] in the order of the texts; `tokens` int64 [n] counts each text's tokens, special ones
    and the model's prefix included; `truncated` bool [n] says which texts were cut at the model's limit.
    """

    embeddings: NDArray[np.float32]
    tokens: NDArray[np.int64]
    truncated: NDArray[np.bool_]


@runtime_checkable
class TextModel(Protocol):
    """Turns texts into L2-normalised float32 embeddings."""

    @property
    def spec(self) -> TextModelSpec:
        """What the model is."""

    def encode(self, texts: Sequence[str], kind: TextKind = "query") -> NDArray[np.float32]:
        """Embed texts as queries or as passages: float32 [n, d], [0, d] for an empty list."""

    def encode_counted(self, texts: Sequence[str], kind: TextKind = "query") -> Encoded:
        """Like `encode`, with the counts of tokens and of texts cut at the model's limit."""


def prefixed(texts: Sequence[str], spec: TextModelSpec, kind: TextKind) -> list[str]:
    """Put the prefix that the model was trained with before every text.

    Raises:
        TypeError: `texts` is one string, which would be embedded letter by letter.
    """
    if isinstance(texts, str):
        raise TypeError("texts must be a sequence of strings, not one string")
    prefix = spec.query_prefix if kind == "query" else spec.passage_prefix
    return [prefix + text for text in texts]
