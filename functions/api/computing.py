"""Where a request is computed: at once on the event loop, or in a thread beside it."""

import asyncio
from collections.abc import Callable

from fastapi import Request
from leadgen.cores import usable_cores
from leadgen.settings import Settings
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

_SHORT_BODY = 4096


class Computing:
    """Handing work to a thread and back takes 0.4 ms, a twentieth of a request.

    A thread wins nothing for a request that is alone, where one forward pass takes every core. It is needed beside
    other requests, where one waits, for the table of online duplicates, or takes long, for a large body: the loop
    must go on answering.
    """

    def __init__(self, settings: Settings) -> None:
        self._all_cores = settings.threads is None or settings.threads >= usable_cores()
        self._waits = settings.dedup_table is not None
        self._present = 0

    async def answer(self, request: Request, compute: Callable[[], Response]) -> Response:
        """What `compute` returns or raises."""
        self._present += 1
        try:
            if self._all_cores and not self._waits and len(await request.body()) <= _SHORT_BODY:
                # Requests that have arrived as well come here before this one goes on.
                await asyncio.sleep(0)
                if self._present == 1:
                    return compute()
            return await run_in_threadpool(compute)
        finally:
            self._present -= 1
