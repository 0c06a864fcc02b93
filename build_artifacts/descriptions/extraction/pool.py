"""Extraction in processes, so that parsing holds up no connection and no page can end the run."""

import asyncio
import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait

from build_artifacts.descriptions.extraction.extract import TooComplexError, extract_in_time, start_process
from build_artifacts.descriptions.extraction.page import Page


class ExtractionPool:
    """`with` ends its processes; one that a page took down is replaced."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._pool = self._start()

    def _start(self) -> ProcessPoolExecutor:
        # A forked process would inherit the locks of the resolver's threads.
        return ProcessPoolExecutor(self._processes, multiprocessing.get_context("spawn"), _start_process)

    def __enter__(self) -> "ExtractionPool":
        return self

    def __exit__(self, *_: object) -> None:
        processes = list((self._pool._processes or {}).values())
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()

    async def extract(self, body: bytes, content_type: str, url: str) -> Page:
        """See `extract_page`; raises TooComplexError."""
        pool = self._pool
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, extract_in_time, body, content_type, url)
        except BrokenProcessPool as error:
            if pool is self._pool:
                self._pool = self._start()
            raise TooComplexError(f"a process ended while it read {url} or a page beside it") from error


def _start_process() -> None:
    start_process()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A process whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
