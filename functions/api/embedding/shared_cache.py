"""Embeddings that several servers share in Redis, as long as it is quick."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from leadgen.errors import ConfigurationError
from numpy.typing import NDArray

if TYPE_CHECKING:
    from redis.asyncio import Redis

_PREFIX = b"leadgen:embedding:"
_READ_SECONDS = 0.005
_SOCKET_SECONDS = 1.0
_PAUSE_SECONDS = 5.0
# One late answer may be this process's own fault, whose event loop was busy.
_FAILURES = 3
_KEPT_SECONDS = 7 * 24 * 3600
_MOST_COMMANDS = 64

_log = logging.getLogger(__name__)


class SharedCache:
    """Never fails: what is not there in 5 ms is computed, and after three failures Redis is left alone for 5 s.

    Written while nobody waits for it; entries expire after a week. Redis' own `maxmemory-policy` bounds its memory.

    Raises:
        ConfigurationError: the package `redis` is not installed, or the address is none.
    """

    def __init__(self, url: str) -> None:
        self._redis = _connect(url)
        self._resting_until = 0.0
        self._failures = 0
        self._commands: set[asyncio.Task[Any]] = set()

    async def get(self, keys: Sequence[bytes], dimension: int) -> dict[bytes, NDArray[np.float32]]:
        """Those of the embeddings, float32 [dimension] each, that are there."""
        command = self._begin(partial(self._redis.mget, [_PREFIX + key for key in keys]))
        if command is None:
            return {}
        # It is not cancelled, which would close its connection, and the next one would take even longer to open.
        await asyncio.wait({command}, timeout=_READ_SECONDS)
        if not command.done():
            self._fail("slow")
            return {}
        entries = zip(keys, command.result() or [], strict=False)
        size = 4 * dimension
        return {key: np.frombuffer(value, dtype="<f4") for key, value in entries if value and len(value) == size}

    def put(self, keys: Sequence[bytes], embeddings: NDArray[np.float32]) -> None:
        """Begin to write embeddings, float32 [n, d]."""
        pipeline = self._redis.pipeline(transaction=False)
        for key, embedding in zip(keys, embeddings.astype("<f4"), strict=True):
            pipeline.set(_PREFIX + key, embedding.tobytes(), ex=_KEPT_SECONDS)
        self._begin(pipeline.execute)

    async def close(self) -> None:
        """Give up what is being read and written, and the connections."""
        for command in self._commands:
            command.cancel()
        await asyncio.gather(*self._commands, return_exceptions=True)
        await self._redis.aclose()

    def _begin(self, command: Callable[[], Awaitable[Any]]) -> "asyncio.Task[Any] | None":
        """Nothing is begun while Redis rests, or is behind."""
        if time.monotonic() < self._resting_until or len(self._commands) >= _MOST_COMMANDS:
            return None
        task = asyncio.get_running_loop().create_task(self._answer(command))
        self._commands.add(task)
        task.add_done_callback(self._commands.discard)
        return task

    async def _answer(self, command: Callable[[], Awaitable[Any]]) -> Any:
        """None where it fails."""
        try:
            answer = await command()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, embeddings can be computed
            self._fail(type(error).__name__)
            return None
        self._failures = 0
        return answer

    def _fail(self, reason: str) -> None:
        self._failures += 1
        if self._failures == _FAILURES:
            self._failures = 0
            self._resting_until = time.monotonic() + _PAUSE_SECONDS
            _log.warning("Redis is left alone for %g s: %s", _PAUSE_SECONDS, reason)


def _connect(url: str) -> "Redis":
    try:
        from redis.asyncio import Redis
    except ImportError as error:
        raise ConfigurationError("LEADGEN_REDIS_URL needs the package redis: pip install redis") from error
    try:
        return Redis.from_url(url, socket_timeout=_SOCKET_SECONDS, socket_connect_timeout=_SOCKET_SECONDS)
    except ValueError as error:
        raise ConfigurationError(f"LEADGEN_REDIS_URL cannot be used: {error}") from error
