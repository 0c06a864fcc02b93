"""A load generator that costs little: every client is a connection that asks again as soon as it is answered."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PATIENCE_SECONDS = 60
_END = b"\r\n\r\n"


def post(path: str, body: bytes) -> bytes:
    """A request over HTTP/1.1, complete."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + _END + body


@dataclass
class Measured:
    """What a run saw: seconds of each answer by status, and what the generator itself cost."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    wall: float = 0.0
    client_cpu: float = 0.0

    @property
    def per_second(self) -> float:
        """Answers with 200 a second."""
        return self.statuses[200] / self.wall

    def percentile(self, percent: float) -> float:
        """Milliseconds within which so many of the answers with 200 came."""
        return 1000 * float(np.percentile(self.seconds, percent)) if self.seconds else float("nan")


class _Client(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], measured: Measured) -> None:
        self._requests = requests
        self._measured = measured
        self._body_end = 0
        self._got = bytearray()
        self._stopping = False
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._body_end:
            head = self._got.find(_END)
            if head < 0:
                return
            found = _LENGTH.search(self._got, 0, head)
            assert found, "an answer without Content-Length"
            self._body_end = head + len(_END) + int(found[1])
        if len(self._got) >= self._body_end:
            self._answered(int(self._got[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._measured.lost += not self._stopping
        if not self.done.done():
            self.done.set_result(None)

    def stop(self, *, leave: bool) -> None:
        """Ask no more, once there is an answer to what was asked, or at once."""
        self._stopping = True
        if leave:
            self._transport.abort()

    def _ask(self) -> None:
        self._started = time.perf_counter()
        self._transport.write(next(self._requests))

    def _answered(self, status: int) -> None:
        if self._stopping:
            self._transport.close()
            return
        if status == 200:
            self._measured.seconds.append(time.perf_counter() - self._started)
        self._measured.statuses[status] += 1
        self._got.clear()
        self._body_end = 0
        self._ask()


def load(port: int, requests: Iterator[bytes], clients: int, seconds: float, *, leave: bool = False) -> Measured:
    """Ask a server on this machine for so long; then wait for what is still to be answered, or `leave`."""
    return asyncio.run(_load(port, requests, clients, seconds, leave=leave))


async def _load(port: int, requests: Iterator[bytes], clients: int, seconds: float, *, leave: bool) -> Measured:
    measured, loop = Measured(), asyncio.get_running_loop()
    cpu, started = time.process_time(), time.perf_counter()
    connections: list[_Client] = []
    for _ in range(clients):
        _, client = await loop.create_connection(lambda: _Client(requests, measured), "127.0.0.1", port)
        connections.append(client)
    await asyncio.sleep(seconds)
    measured.wall = time.perf_counter() - started
    measured.client_cpu = time.process_time() - cpu
    for client in connections:
        client.stop(leave=leave)
    await asyncio.wait([client.done for client in connections], timeout=_PATIENCE_SECONDS)
    return measured
