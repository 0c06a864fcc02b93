"""What embedding did since the process started: for `/metrics`, and for CloudWatch."""

import numpy as np
from numpy.typing import NDArray

from functions.api.exposition import Counter, Gauge, Histogram, Metric

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_TEXTS = (1, 2, 4, 8, 16, 32, 64, 128)
_TOKENS = (16, 32, 64, 128, 256, 512, 1024, 4096, 16384)
# CloudWatch takes a hundred values of a metric in one line.
_MOST_VALUES = 100
_PREFIX = "leadgen_embedding_"


class EmbeddingMeasures:
    """Counts of one process; service, cache and pool each count what only they know."""

    def __init__(self) -> None:
        self.texts = Counter(f"{_PREFIX}texts_total", "Texts that requests asked embeddings of.")
        self.tokens = Counter(f"{_PREFIX}tokens_total", "Tokens of these texts, prefixes and special tokens included.")
        self.truncated = Counter(f"{_PREFIX}truncated_texts_total", "Texts that were longer than their model reads.")
        self.hits = Counter(f"{_PREFIX}cache_hits_total", "Texts whose embedding was in the cache.")
        self.misses = Counter(f"{_PREFIX}cache_misses_total", "Texts whose embedding was not.")
        self.refused = Counter(f"{_PREFIX}refused_requests_total", "Requests for which the queue had no room.")
        self.late = Counter(f"{_PREFIX}late_requests_total", "Requests that were not embedded in time.")
        self.batch_texts = Histogram(f"{_PREFIX}batch_texts", "Texts of a batch.", _TEXTS)
        self.batch_tokens = Histogram(f"{_PREFIX}batch_tokens", "Tokens of a batch.", _TOKENS)
        self.batch_seconds = Histogram(f"{_PREFIX}batch_seconds", "Time that a batch took to compute.", _SECONDS)
        self.pool_seconds = Histogram(f"{_PREFIX}pool_seconds", "Time that a request's texts took, waiting.", _SECONDS)
        self.waiting_tokens = 0
        self._written: dict[str, float] = {}
        self._sizes: list[int] = []

    def read(self, tokens: NDArray[np.int64], cut: NDArray[np.int64]) -> None:
        """Count a request's texts by their tokens and by the tokens of each that were left out, both int64 [n]."""
        self.texts.add(len(tokens))
        # Of the few texts that most requests have, Python counts faster than numpy.
        self.tokens.add(sum(tokens.tolist()))
        self.truncated.add(len(cut) - cut.tolist().count(0))

    def batch(self, texts: int, tokens: int, seconds: float) -> None:
        """Count a batch."""
        self.batch_texts.observe(texts)
        self.batch_tokens.observe(tokens)
        self.batch_seconds.observe(seconds)
        if len(self._sizes) < _MOST_VALUES:
            self._sizes.append(texts)

    def metrics(self) -> list[Metric]:
        """All of them, to be printed."""
        waiting = Gauge(f"{_PREFIX}waiting_tokens", "Tokens that wait to be embedded.", lambda: self.waiting_tokens)
        return [
            *(self.texts, self.tokens, self.truncated, self.hits, self.misses, self.refused, self.late),
            *(self.batch_texts, self.batch_tokens, self.batch_seconds, self.pool_seconds, waiting),
        ]

    def since_last(self) -> dict[str, float | list[int]]:
        """By CloudWatch's names, what was counted since this was last asked for; what was not is left out."""
        totals = {
            "EmbeddedTexts": self.texts.total,
            "EmbeddedTokens": self.tokens.total,
            "TruncatedTexts": self.truncated.total,
            "CacheHits": self.hits.total,
            "QueueRefusals": self.refused.total,
            "QueueTimeouts": self.late.total,
        }
        before, self._written = self._written, totals
        grown = {name: total - before.get(name, 0) for name, total in totals.items()}
        new: dict[str, float | list[int]] = {name: count for name, count in grown.items() if count}
        if self.waiting_tokens:
            new["WaitingTokens"] = self.waiting_tokens
        if self._sizes:
            new["BatchTexts"], self._sizes = self._sizes, []
        return new
