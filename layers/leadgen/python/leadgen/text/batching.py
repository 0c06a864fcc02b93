"""Batches of texts of similar length, so that little is computed for padding."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

# A batch's activations then stay in a core's cache: 512 tokens embed faster than 4,096 (measured on MiniLM).
TOKEN_BUDGET = 512


def length_sorted_batches(lengths: Sequence[int], budget: int = TOKEN_BUDGET) -> Iterator[NDArray[np.intp]]:
    """Positions of the texts of each batch, longest texts first.

    A batch padded to its longest text holds at most `budget` tokens, or one text.
    """
    order = np.argsort(-np.asarray(lengths, dtype=np.intp), kind="stable")
    start = 0
    while start < len(order):
        size = max(1, budget // max(1, lengths[order[start]]))
        yield order[start : start + size]
        start += size


def padded(ids: Sequence[NDArray[np.int32]]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Token ids and attention mask, both int32 [batch, longest], padded on the right with 0."""
    shape = (len(ids), max(len(row) for row in ids))
    tokens, mask = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.int32)
    for row, text_ids in enumerate(ids):
        tokens[row, : len(text_ids)] = text_ids
        mask[row, : len(text_ids)] = 1
    return tokens, mask
