"""Work on the database that outlasts a restart of it."""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from leadgen.database.connection import DatabaseUnavailableError

log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 900.0
"""A failover or a minor upgrade of RDS takes minutes."""
_LONGEST_PAUSE_SECONDS = 15.0
Result = TypeVar("Result")


class DatabaseWorker:
    """Runs whole transactions on two threads, again where the database went away in the middle of one."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(2, "database")

    async def run(self, transaction: Callable[[], Result]) -> Result:
        """The transaction's result. Raises DatabaseUnavailableError after a quarter of an hour without database."""
        loop, deadline, pause = asyncio.get_running_loop(), float("inf"), 0.5
        while True:
            try:
                return await loop.run_in_executor(self._threads, transaction)
            except DatabaseUnavailableError as error:
                if time.monotonic() > deadline:
                    raise
                # From the first failure: the transaction itself, such as building an index, may take longer.
                deadline = min(deadline, time.monotonic() + _PATIENCE_SECONDS)
                log.warning(json.dumps({"step": "database", "unavailable": str(error), "again_in_seconds": pause}))
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def close(self) -> None:
        """Leave what is in progress to end by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
