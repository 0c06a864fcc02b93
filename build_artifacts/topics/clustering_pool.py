"""Clustering in processes, one firm at a time each, that survives the loss of a process."""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.connection import wait

import numpy as np
from leadgen.errors import LeadgenError
from numpy.typing import NDArray

from build_artifacts.topics.clustering import ClusteringOptions, TopicModel
from build_artifacts.topics.firm import FirmTopics

_model: TopicModel


class ClusteringError(LeadgenError):
    """A firm cannot be clustered: its process ended, most likely for want of memory."""


class ClusteringPool:
    """Processes that fit topics; a firm that costs a process is tried once more alone, then given up."""

    def __init__(self, options: ClusteringOptions, processes: int) -> None:
        self._options = options
        self._processes = processes
        self._pool = self._start(processes)
        self._alone = asyncio.Lock()
        self._single: ProcessPoolExecutor | None = None

    def _start(self, processes: int) -> ProcessPoolExecutor:
        # A forked process would inherit the locks of the text model's threads.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(processes, context, _start_process, (self._options,))

    async def fit(self, texts: Sequence[str], embeddings: NDArray[np.float16], name: str | None) -> FirmTopics:
        """Topics of the firm `name`; texts [n], embeddings [n, d]. Raises ClusteringError."""
        work, pool = partial(_fit, list(texts), embeddings, name), self._pool
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work)
        except BrokenProcessPool:
            if pool is self._pool:
                self._pool = self._start(self._processes)
            # All firms that were in the pool come here, and one of them broke it.
            return await self._alone_with(work, len(texts))

    async def _alone_with(self, work: Callable[[], FirmTopics], n_texts: int) -> FirmTopics:
        async with self._alone:
            self._single = self._single or self._start(1)
            try:
                return await asyncio.get_running_loop().run_in_executor(self._single, work)
            except BrokenProcessPool as error:
                self._single = None
                raise ClusteringError(f"clustering {n_texts} sentences ended its process, out of memory?") from error

    def close(self) -> None:
        """End the processes; what they are doing is lost."""
        for pool in filter(None, (self._pool, self._single)):
            processes = list((pool._processes or {}).values())
            pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.kill()


def _start_process(options: ClusteringOptions) -> None:
    global _model
    # The run decides what a signal to the whole group means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _model = TopicModel(options)


def _end_with_parent() -> None:
    """A process whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _fit(texts: list[str], embeddings: NDArray[np.float16], name: str | None) -> FirmTopics:
    return _model.fit(texts, embeddings.astype(np.float32), name)
