"""Batches of texts of similar length, so that little is computed for padding."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

# A batch's activations then stay in a core's cache: 512 tokens embed faster than 4,096 (measured on MiniLM).
TOKEN_BUDGET = 512


def length_sorted_batches(
    lengths: Sequence[int], budget: int = TOKEN_BUDGET, *, exact: bool = False
) -> Iterator[NDArray[np.intp]]:
    """Positions of the texts of each batch, longest texts first.

    A batch padded to its longest text holds at most `budget` tokens, or one text. With `exact` all texts of a batch
    have the same number of tokens, so that nothing is padded.
    """
    negated = -np.asarray(lengths, dtype=np.intp)
    order = np.argsort(negated, kind="stable")
    start = 0
    while start < len(order):
        longest = lengths[order[start]]
        stop = start + max(1, budget // max(1, longest))
        if exact:
            stop = min(stop, int(np.searchsorted(negated, -longest, side="right", sorter=order)))
        yield order[start:stop]
        start = stop


def padded(ids: Sequence[NDArray[np.int32]]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Token ids and attention mask, both int32 [batch, longest], padded on the right with 0."""
    shape = (len(ids), max(len(row) for row in ids))
    tokens, mask = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.int32)
    for row, text_ids in enumerate(ids):
        tokens[row, : len(text_ids)] = text_ids
        mask[row, : len(text_ids)] = 1
    return tokens, mask
