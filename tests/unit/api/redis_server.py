"""The few commands of Redis that the cache sends, over its real protocol.

https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

import asyncio
from types import TracebackType
from typing import Any


class RedisServer:
    """Keeps entries; answers late by `seconds`, or with an error."""

    def __init__(self, *, seconds: float = 0, error: bool = False) -> None:
        self.entries: dict[bytes, bytes] = {}
        self.expiries: set[bytes] = set()
        self.asked = 0
        self._seconds = seconds
        self._error = error
        self._connections: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> "RedisServer":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/0"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            while line := await reader.readline():
                command = [await _bulk(reader) for _ in range(int(line[1:]))]
                writer.write(await self._answer(command))
        except ConnectionError:
            pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def _answer(self, command: list[bytes]) -> bytes:
        name = command[0].upper()
        if name == b"HELLO":
            return b"%1\r\n+proto\r\n:3\r\n"
        if name not in (b"MGET", b"SET"):
            return b"+OK\r\n"
        self.asked += 1
        await asyncio.sleep(self._seconds)
        if self._error:
            return b"-OOM command not allowed when used memory > 'maxmemory'\r\n"
        if name == b"SET":
            self.entries[command[1]] = command[2]
            self.expiries.add(command[4])
            return b"+OK\r\n"
        return b"*%d\r\n" % (len(command) - 1) + b"".join(map(self._value, command[1:]))

    def _value(self, key: bytes) -> bytes:
        value = self.entries.get(key)
        return b"_\r\n" if value is None else b"$%d\r\n%b\r\n" % (len(value), value)


async def _bulk(reader: asyncio.StreamReader) -> bytes:
    length = int((await reader.readline())[1:])
    return (await reader.readexactly(length + 2))[:-2]
