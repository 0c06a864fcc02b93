"""Where token ids become embeddings: at once, or together with those of other requests."""

import asyncio
import math
import time
from collections.abc import Sequence
from threading import Thread
from typing import Protocol

import numpy as np
from anyio.to_thread import run_sync
from leadgen.text.model import NeuralTextModel
from numpy.typing import NDArray

from functions.api.embedding.measures import EmbeddingMeasures
from functions.api.embedding.waiting import Batch, TokenIds, WaitingTexts, Work

# Before the first batch is measured: a small model on one core.
_TOKENS_PER_SECOND = 2000.0
_NEWEST = 0.2


class QueueFullError(Exception):
    """No more texts may wait; there will be room in about `retry_after_seconds` (429, RFC 6585, 4)."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"too many texts wait to be embedded; try again in {retry_after_seconds} s")
        self.retry_after_seconds = retry_after_seconds


class DeadlineError(Exception):
    """A request's texts were not embedded in the time that a request may take (503, RFC 9110, 15.6.4)."""


class EmbeddingPool(Protocol):
    """Computes embeddings for the requests of one process."""

    async def start(self) -> None:
        """Called once, before the first request."""

    async def close(self) -> None:
        """Called once, after the last request."""

    async def embed(self, model: NeuralTextModel, ids: Sequence[TokenIds]) -> NDArray[np.float32]:
        """Embeddings float32 [n, d] of texts given by token ids, special tokens included, in their order."""


class DirectPool:
    """Every request computes in a thread of its own, as many at once as anyio's limiter allows: for Lambda."""

    def __init__(self, measures: EmbeddingMeasures) -> None:
        self._measures = measures

    async def start(self) -> None:
        """Needs nothing."""

    async def close(self) -> None:
        """Leaves nothing."""

    async def embed(self, model: NeuralTextModel, ids: Sequence[TokenIds]) -> NDArray[np.float32]:
        """Embed the texts of one request."""
        started = time.perf_counter()
        embeddings = await run_sync(model.encode_tokens, ids)
        seconds = time.perf_counter() - started
        self._measures.batch(len(ids), sum(map(len, ids)), seconds)
        self._measures.pool_seconds.observe(seconds)
        return embeddings


class MicroBatchingPool:
    """Batches are made across requests, of what waits whenever a worker is free; nothing waits for a batch to fill.

    Args:
        queue_tokens: most tokens that may wait.
        timeout_seconds: longest time between a request's texts and their embeddings.
        workers: batches that are computed at the same time, each with the threads that the model was opened with.
    """

    def __init__(
        self, queue_tokens: int, timeout_seconds: float, measures: EmbeddingMeasures, workers: int = 1
    ) -> None:
        self._waiting = WaitingTexts(queue_tokens)
        self._timeout_seconds = timeout_seconds
        self._measures = measures
        self._workers = [Thread(target=self._work, name=f"embedding-{i}", daemon=True) for i in range(workers)]
        self._tokens_per_second = _TOKENS_PER_SECOND

    async def start(self) -> None:
        """Start the workers."""
        self._loop = asyncio.get_running_loop()
        for worker in self._workers:
            worker.start()

    async def close(self) -> None:
        """Stop them after the batch that each of them computes."""
        self._waiting.close()
        for worker in self._workers:
            await run_sync(worker.join)

    async def embed(self, model: NeuralTextModel, ids: Sequence[TokenIds]) -> NDArray[np.float32]:
        """Embed the texts of one request, which are dropped when it is cancelled.

        Raises:
            QueueFullError: too many tokens wait already.
            DeadlineError: it took longer than a request may take.
        """
        work = Work(model, ids, self._loop.create_future())
        if not ids:
            return work.embeddings
        started = time.perf_counter()
        self._add(work)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                embeddings = await work.done
        except TimeoutError:
            self._measures.late.add()
            raise DeadlineError(f"the texts could not be embedded within {self._timeout_seconds:g} s") from None
        finally:
            self._waiting.discard(work)
        self._measures.pool_seconds.observe(time.perf_counter() - started)
        return embeddings

    def _add(self, work: Work) -> None:
        if not self._waiting.add(work):
            self._measures.refused.add()
            raise QueueFullError(math.ceil(self._waiting.tokens / self._tokens_per_second))
        self._measures.waiting_tokens = self._waiting.tokens

    def _work(self) -> None:
        while (batch := self._waiting.take()) is not None:
            started = time.perf_counter()
            try:
                embeddings = batch.model.encode_tokens(batch.ids)
            except Exception as error:  # noqa: BLE001 - each request of the batch raises it
                self._loop.call_soon_threadsafe(batch.fail, error)
            else:
                seconds = time.perf_counter() - started
                self._loop.call_soon_threadsafe(self._deliver, batch, embeddings, seconds)

    def _deliver(self, batch: Batch, embeddings: NDArray[np.float32], seconds: float) -> None:
        batch.deliver(embeddings)
        rate = len(self._workers) * batch.tokens / seconds
        self._tokens_per_second += _NEWEST * (rate - self._tokens_per_second)
        self._measures.waiting_tokens = self._waiting.tokens
        self._measures.batch(len(batch.parts), batch.tokens, seconds)
