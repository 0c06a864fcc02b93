"""Texts to token ids, cut at the limit that the model's specification documents."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from leadgen.errors import InputError, ModelError
from leadgen.text.model import Pieces, TextKind, Tokenised, TooLongError, Truncate, prefix_of, prefixed
from leadgen.text.spec import TextModelSpec

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

_TEXTS_PER_CALL = 256
_SHORT_CHARACTERS = 2000
# The library needs up to 400 bytes a token while it works: a megabyte of full stops at once would take 400 MB.
_LONG_CHARACTERS = 65_536

Ids = NDArray[np.int32]


class TextTokenizer:
    """A `tokenizer.json` that neither pads nor cuts, whatever the file itself says: what is cut is counted here."""

    def __init__(self, path: Path, spec: TextModelSpec) -> None:
        self._tokenizer = _read(path)
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._limit = spec.max_tokens
        before, self._after = self._special_tokens(path)
        self._before: dict[TextKind, Ids] = {
            "query": np.concatenate([before, self._prefix(spec, "query")]),
            "passage": np.concatenate([before, self._prefix(spec, "passage")]),
        }
        self._start = before
        self._spec = spec
        if max(map(len, self._before.values())) + len(self._after) >= self._limit:
            raise ModelError(f"{path}: {self._limit} tokens leave no room for a text beside the model's prefix")

    def tokenise(self, texts: Sequence[str], kind: TextKind, truncate: Truncate | None) -> Tokenised:
        """Tokenise texts with prefix and special tokens; lone surrogates count as unreadable characters."""
        whole = list(self._whole([_encodable(text) for text in prefixed(texts, self._spec, kind)]))
        return self._cut(whole, truncate, len(self._before[kind]))

    def wrapped(self, ids: Sequence[Sequence[int]], truncate: Truncate) -> Tokenised:
        """Put special tokens around lists of token ids, cut at the limit."""
        bodies = [self._known(position, row) for position, row in enumerate(ids)]
        whole = [np.concatenate([self._start, body, self._after]) for body in bodies]
        return self._cut(whole, truncate, len(self._start))

    def frame(self, kind: TextKind) -> tuple[Ids, Ids]:
        """What is put around a text of this kind."""
        return self._before[kind], self._after

    def pieces(self, texts: Sequence[str]) -> list[Pieces]:
        """Take texts apart, special tokens included."""
        encodings = (self._tokenizer.encode(_encodable(text)) for text in texts)
        return [Pieces(e.ids, e.tokens, e.offsets, [bool(s) for s in e.special_tokens_mask]) for e in encodings]

    def _whole(self, texts: list[str]) -> Iterator[Ids]:
        """Token ids of each text, special ones included."""
        for start in range(0, len(texts), _TEXTS_PER_CALL):
            chunk = texts[start : start + _TEXTS_PER_CALL]
            if len(chunk) == 1 and len(chunk[0]) < _SHORT_CHARACTERS:
                # a single query need not wake the tokenizer's thread pool
                yield _ids(self._tokenizer.encode(chunk[0]))
            elif max(map(len, chunk)) <= _LONG_CHARACTERS:
                yield from map(_ids, self._tokenizer.encode_batch_fast(chunk))
            else:
                yield from map(self._by_parts, chunk)

    def _by_parts(self, text: str) -> Ids:
        parts = (self._tokenizer.encode_batch_fast([part], add_special_tokens=False) for part in _parts(text))
        return np.concatenate([self._start, *(_ids(encoding) for (encoding,) in parts), self._after])

    def _cut(self, whole: list[Ids], truncate: Truncate | None, head: int) -> Tokenised:
        """Leave out what is over the limit, but neither the first `head` tokens nor the special ones at the end."""
        cut = np.zeros(len(whole), dtype=np.int64)
        for i, ids in enumerate(whole if truncate else ()):
            if len(ids) <= self._limit:
                continue
            if truncate == "error":
                raise TooLongError(i, len(ids), self._limit)
            cut[i] = len(ids) - self._limit
            first = head if truncate == "start" else self._limit - len(self._after)
            whole[i] = np.concatenate([ids[:first], ids[first + cut[i] :]])
        return Tokenised(whole, cut)

    def _special_tokens(self, path: Path) -> tuple[Ids, Ids]:
        """What the tokenizer puts before and after a text."""
        probe = self._tokenizer.encode("a")
        ids = np.array(probe.ids, dtype=np.int32)
        body = np.flatnonzero(np.array(probe.special_tokens_mask) == 0)
        if not len(body):
            raise ModelError(f"{path} gives no token for a letter: it is not the model's tokenizer")
        return ids[: body[0]], ids[body[-1] + 1 :]

    def _prefix(self, spec: TextModelSpec, kind: TextKind) -> Ids:
        """Tokens of the prefix; its last space belongs to the word that follows."""
        encoding = self._tokenizer.encode(prefix_of(spec, kind).rstrip(), add_special_tokens=False)
        return _ids(encoding)

    def _known(self, position: int, ids: Sequence[int]) -> Ids:
        try:
            row = np.asarray(ids)
        except ValueError as error:
            raise InputError(f"text {position} is not a list of token ids") from error
        if row.ndim != 1 or (row.size and (row.dtype.kind != "i" or row.min() < 0 or row.max() > self._last_id)):
            raise InputError(f"text {position} is not a list of the model's token ids, which are 0 to {self._last_id}")
        return row.astype(np.int32)

    @cached_property
    def _last_id(self) -> int:
        return max(self._tokenizer.get_vocab().values())


def _ids(encoding: "Encoding") -> Ids:
    return np.array(encoding.ids, dtype=np.int32)


def _parts(text: str) -> Iterator[str]:
    """A text in parts that begin with a space, where tokenizers split in any case."""
    start = 0
    while len(text) - start > _LONG_CHARACTERS:
        stop = start + _LONG_CHARACTERS
        space = max(text.rfind(" ", start + 1, stop), text.rfind("\n", start + 1, stop))
        stop = space if space > start else stop
        yield text[start:stop].rstrip()
        start = stop
    yield text[start:]


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
