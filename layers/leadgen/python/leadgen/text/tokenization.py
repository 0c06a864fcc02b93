"""Texts to token ids, cut at the limit that the model's specification documents."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from leadgen.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

# Bounds the time of tokenising a megabyte that the model would cut to a few hundred tokens anyway; English
# has about 4.5 characters a token, so only degenerate texts feel it.
_CHARACTERS_PER_TOKEN = 32
_TEXTS_PER_CALL = 256


@dataclass(frozen=True, slots=True)
class Tokenised:
    """Token ids of each text (int32, unpadded), and which texts were cut: bool [n]."""

    ids: list[NDArray[np.int32]]
    truncated: NDArray[np.bool_]


class TextTokenizer:
    """A `tokenizer.json` with truncation at `max_tokens` and no padding, whatever the file itself says."""

    def __init__(self, path: Path, max_tokens: int) -> None:
        self._tokenizer = _read(path)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        self._max_characters = max_tokens * _CHARACTERS_PER_TOKEN

    def tokenise(self, texts: Sequence[str]) -> Tokenised:
        """Tokenise texts, special tokens included; lone surrogates count as unreadable characters."""
        ids: list[NDArray[np.int32]] = []
        truncated = np.zeros(len(texts), dtype=bool)
        for i, (text, encoding) in enumerate(zip(texts, self._encodings(texts), strict=True)):
            ids.append(np.asarray(encoding.ids, dtype=np.int32))
            truncated[i] = bool(encoding.overflowing) or len(text) > self._max_characters
        return Tokenised(ids, truncated)

    def _encodings(self, texts: Sequence[str]) -> "Iterator[Encoding]":
        for start in range(0, len(texts), _TEXTS_PER_CALL):
            chunk = [_encodable(text[: self._max_characters]) for text in texts[start : start + _TEXTS_PER_CALL]]
            if len(chunk) == 1:  # a single query need not wake the tokenizer's thread pool
                yield self._tokenizer.encode(chunk[0])
            else:
                yield from self._tokenizer.encode_batch_fast(chunk)


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _read(path: Path) -> "Tokenizer":
    from tokenizers import Tokenizer

    if not path.is_file():
        raise ModelError(f"{path} is missing: a text model needs its tokenizer")
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises plain Exception for a malformed file
        raise ModelError(f"{path} is not a tokenizer: {error}") from error
