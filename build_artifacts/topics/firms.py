"""The first stage: every firm's sentences become topics with summaries, written firm by firm.

Embedding of the next firms, clustering of these, questions to the language model and writing overlap. A firm's
transaction is the checkpoint; how many firms are under way at once is bounded, and with it memory.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from leadgen.database.connection import DatabaseUnavailableError
from numpy.typing import NDArray

from build_artifacts.jobs.stopping import StopRequest
from build_artifacts.topics.clustering_pool import ClusteringPool
from build_artifacts.topics.database_worker import DatabaseWorker
from build_artifacts.topics.embedding import Embedder
from build_artifacts.topics.firm import FirmSentences, FirmTopics, TopicSummary
from build_artifacts.topics.progress import FirmProgress
from build_artifacts.topics.store import RunStore

log = logging.getLogger(__name__)

_UNDER_WAY = 96
"""Firms between embedding and their transaction: enough to keep 50 questions to the language model open."""
_LONGEST_MESSAGE = 500


class Summarise(Protocol):
    """Titles and summaries of a firm's topics; never raises for an outage."""

    async def __call__(self, firm: FirmSentences, texts: list[str], topics: FirmTopics) -> list[TopicSummary]:
        """One for each topic, in their order."""


@dataclass(frozen=True)
class FirmStage:
    """What the stage works with."""

    run_id: int
    store: RunStore
    database: DatabaseWorker
    embedder: Embedder
    clustering: ClusteringPool
    summarise: Summarise
    progress: FirmProgress
    stop: StopRequest
    wave: int
    """Sentences that are sorted by length together, and embedded before their firms go on."""

    async def process(self, firms: Iterable[FirmSentences]) -> None:
        """Every firm to the database. Raises Interrupted after a stop; what was written stays."""
        telling = asyncio.create_task(self.progress.tell())
        try:
            await self._process(firms)
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from errors
        finally:
            telling.cancel()
            self.progress.close()
        self.stop.check()

    async def _process(self, firms: Iterable[FirmSentences]) -> None:
        under_way = asyncio.Semaphore(_UNDER_WAY)

        async def one(firm: FirmSentences, embeddings: NDArray[np.float16]) -> None:
            try:
                await self._one(firm, embeddings)
            finally:
                under_way.release()

        async with asyncio.TaskGroup() as group:
            async for wave, embeddings in self._embedded_ahead(firms):
                end = 0
                for firm in wave:
                    start, end = end, end + len(firm.clustered)
                    await under_way.acquire()
                    if self.stop.requested:
                        return
                    group.create_task(one(firm, embeddings[start:end].copy()))

    async def _embedded_ahead(
        self, firms: Iterable[FirmSentences]
    ) -> AsyncIterator[tuple[list[FirmSentences], NDArray[np.float16]]]:
        """Waves with their embeddings, the next one under way while this one is used."""
        waves = _waves(firms, self.wave)
        ahead: asyncio.Task[tuple[list[FirmSentences], NDArray[np.float16]] | None]
        ahead = asyncio.create_task(self._embed_next(waves))
        try:
            while (wave := await ahead) is not None:
                ahead = asyncio.create_task(self._embed_next(waves))
                yield wave
        finally:
            ahead.cancel()

    async def _embed_next(
        self, waves: Iterator[list[FirmSentences]]
    ) -> tuple[list[FirmSentences], NDArray[np.float16]] | None:
        if self.stop.requested:
            return None
        wave = await asyncio.to_thread(next, waves, None)
        if wave is None:
            return None
        texts = [firm.texts[position] for firm in wave for position in firm.clustered]
        embedding = asyncio.create_task(self.embedder.encode(texts))
        stopped = asyncio.create_task(self.stop.wait())
        try:
            await asyncio.wait((embedding, stopped), return_when=asyncio.FIRST_COMPLETED)
            return (wave, embedding.result()) if embedding.done() else None
        finally:
            embedding.cancel()
            stopped.cancel()

    async def _one(self, firm: FirmSentences, embeddings: NDArray[np.float16]) -> None:
        failed = False
        try:
            await self._write(firm, embeddings)
        except DatabaseUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one firm must not stop the others
            failed = True
            await self._record(firm, error)
        self.progress.advance(failed=failed)

    async def _record(self, firm: FirmSentences, error: Exception) -> None:
        # Messages of drivers may quote sentences, which belong into the database but not into a log.
        log.warning(json.dumps({"step": "firms", "company_id": firm.company_id, "failed": type(error).__name__}))
        message = f"{type(error).__name__}: {error}"[:_LONGEST_MESSAGE]
        await self.database.run(lambda: self.store.record_failure(self.run_id, firm, message))

    async def _write(self, firm: FirmSentences, embeddings: NDArray[np.float16]) -> None:
        texts = [firm.texts[position] for position in firm.clustered]
        topics = FirmTopics((), np.empty(0, np.int32), np.empty(0, np.float32))
        summaries: list[TopicSummary] = []
        if texts:
            topics = await self.clustering.fit(texts, embeddings, firm.name)
            summaries = await self.summarise(firm, texts, topics)
        described = await self.embedder.encode([f"{summary.title}. {summary.text}" for summary in summaries])
        await self.database.run(
            lambda: self.store.write_firm(self.run_id, firm, topics, summaries, embeddings, described)
        )


def _waves(firms: Iterable[FirmSentences], size: int) -> Iterator[list[FirmSentences]]:
    wave: list[FirmSentences] = []
    sentences = 0
    for firm in firms:
        wave.append(firm)
        sentences += len(firm.clustered)
        if sentences >= size:
            yield wave
            wave, sentences = [], 0
    if wave:
        yield wave
