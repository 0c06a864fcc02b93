"""One request a host at a time, and a pause after each."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class HostTurns:
    """Turns of all hosts of a run; a pause in seconds lies between the end of a request and the next."""

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._locks: dict[str, asyncio.Lock] = {}
        self._free_at: dict[str, float] = {}

    @asynccontextmanager
    async def turn(self, host: str, asked_pause: float = 0.0) -> AsyncIterator[None]:
        """Around one request. `asked_pause` is what the host's robots.txt asks for."""
        async with self._locks.setdefault(host, asyncio.Lock()):
            wait = self._free_at.get(host, 0.0) - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            try:
                yield
            finally:
                self._free_at[host] = time.monotonic() + max(self._pause, asked_pause)
