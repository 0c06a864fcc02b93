"""From passages to the embeddings that a space is made of."""

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from .columns import ColumnPlan

Floats = NDArray[np.float32]

_SENTENCE_END = re.compile(r"(?<=[a-z)])\.\s+(?=\S)")
_SHORTEST, _LONGEST = 40, 400


def lead_sentence(passage: str) -> str:
    """The first sentence, with the next where it is shorter than 40 characters; 400 characters at most."""
    sentences = _SENTENCE_END.split(passage[: 2 * _LONGEST], maxsplit=2)
    lead = sentences[0]
    if len(lead) < _SHORTEST and len(sentences) > 1:
        lead = f"{lead}. {sentences[1]}"
    return lead[:_LONGEST]


def embed_passages(passages: Sequence[str], plan: ColumnPlan, encode: Callable[[Sequence[str]], Floats]) -> Floats:
    """Embeddings float32 [n, t]; where the plan says so, the mean direction of each passage and its lead sentence."""
    embeddings = np.asarray(encode(passages), dtype=np.float32)
    if not plan.lead_sentence:
        return embeddings
    leads = [lead_sentence(passage) for passage in passages]
    # A passage of one sentence is its own lead: a short query costs one forward pass.
    longer = [i for i, (lead, passage) in enumerate(zip(leads, passages, strict=True)) if lead != passage]
    if not longer:
        return embeddings
    both = embeddings.copy()
    both[longer] += np.asarray(encode([leads[i] for i in longer]), dtype=np.float32)
    return np.asarray(both / np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-9), dtype=np.float32)
