"""Long texts embedded whole: cut into windows that the model can read, whose embeddings are averaged."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadgen.text.model import NeuralTextModel, TextKind


@dataclass(frozen=True, slots=True)
class Windows:
    """What to embed instead of n texts: m windows, each with the model's prefix and special tokens.

    `ids` holds int32 [tokens] of each window; `owner` int64 [m] is the text it is of, ascending; `weight` int64 [m]
    counts the tokens of that text in it, at least 1; `tokens` int64 [n] those that are read for each text.
    """

    ids: list[NDArray[np.int32]]
    owner: NDArray[np.int64]
    weight: NDArray[np.int64]
    tokens: NDArray[np.int64]


def cut_into_windows(model: NeuralTextModel, texts: Sequence[str], kind: TextKind = "query") -> Windows:
    """Cut each text into as few windows as hold it, all of about the same length; a text that fits is one window."""
    before, after = model.frame(kind)
    room = model.spec.max_tokens - len(before) - len(after)
    ids: list[NDArray[np.int32]] = []
    owner: list[int] = []
    for position, whole in enumerate(model.tokenise(texts, kind, truncate=None).ids):
        count = max(1, -(-(len(whole) - len(before) - len(after)) // room))
        body = whole[len(before) : len(whole) - len(after)]
        parts = [np.concatenate([before, part, after]) for part in np.array_split(body, count)]
        ids.extend(parts if count > 1 else [whole])
        owner.extend([position] * count)
    owners, lengths = np.array(owner, dtype=np.int64), np.array([len(row) for row in ids], dtype=np.int64)
    tokens = np.bincount(owners, weights=lengths, minlength=len(texts)).astype(np.int64)
    return Windows(ids, owners, np.maximum(1, lengths - len(before) - len(after)), tokens)


def join_windows(
    embeddings: NDArray[np.float32], owner: NDArray[np.int64], weight: NDArray[np.int64], n: int
) -> NDArray[np.float32]:
    """One embedding per text from those of its windows: float32 [m, d] to [n, d], L2-normalised.

    The mean is weighted by tokens, as in "Embedding texts that are longer than the model's maximum context length"
    (OpenAI Cookbook). A text of one window keeps that window's embedding to the last bit.
    """
    sums = np.zeros((n, embeddings.shape[1]), dtype=np.float64)
    np.add.at(sums, owner, embeddings * weight[:, None].astype(np.float64))
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    joined: NDArray[np.float32] = np.divide(sums, norms, out=sums, where=norms > 0).astype(np.float32)
    alone = np.bincount(owner, minlength=n)[owner] == 1
    joined[owner[alone]] = embeddings[alone]
    return joined
