"""What neural text models have in common: everything but the forward pass."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from leadgen.text.model import Encoded, Pieces, TextKind, Tokenised, Truncate
from leadgen.text.spec import TOKENIZER_FILE, TextModelSpec
from leadgen.text.tokenization import TextTokenizer


class EncoderTextModel(ABC):
    """A `NeuralTextModel` once `encode_tokens` is there."""

    def __init__(self, folder: Path, spec: TextModelSpec) -> None:
        self.spec = spec
        self._tokenizer = TextTokenizer(folder / TOKENIZER_FILE, spec)

    def for_self_test(self) -> Self:
        """The model as its self-test is to use it: itself, unless that would take long."""
        return self

    @abstractmethod
    def encode_tokens(self, ids: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
        """Embed token ids, each int32 [tokens]: float32 [n, d], L2-normalised, in the order given."""

    def encode(self, texts: Sequence[str], kind: TextKind = "query") -> NDArray[np.float32]:
        """Embed texts: float32 [n, d], L2-normalised, in the order given."""
        return self.encode_counted(texts, kind).embeddings

    def encode_counted(self, texts: Sequence[str], kind: TextKind = "query", truncate: Truncate = "end") -> Encoded:
        """Embed texts and count tokens; an empty text is embedded as its special tokens."""
        tokenised = self.tokenise(texts, kind, truncate)
        return Encoded(self.encode_tokens(tokenised.ids), tokenised.lengths, tokenised.cut)

    def tokenise(self, texts: Sequence[str], kind: TextKind = "query", truncate: Truncate | None = "end") -> Tokenised:
        """Texts to token ids, with the model's prefix for their kind and its special tokens; None leaves them whole."""
        return self._tokenizer.tokenise(texts, kind, truncate)

    def frame(self, kind: TextKind) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """What is put around a text of this kind: special tokens and prefix before it, special tokens after it."""
        return self._tokenizer.frame(kind)

    def wrapped(self, ids: Sequence[Sequence[int]], truncate: Truncate = "end") -> Tokenised:
        """Put special tokens around a caller's own token ids."""
        return self._tokenizer.wrapped(ids, truncate)

    def pieces(self, texts: Sequence[str]) -> list[Pieces]:
        """Take texts apart, whole and without the model's prefix."""
        return self._tokenizer.pieces(texts)
