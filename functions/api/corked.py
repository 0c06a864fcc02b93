"""Answers that leave in one piece."""

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol


class CorkedProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """Uvicorn's protocol over a transport that sends an answer's head and body together, not each by a system call.

    For a short answer the second call, and waking the client twice, cost a quarter of all the work for the request.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin, as uvicorn does."""
        super().connection_made(CorkedTransport(transport, asyncio.get_running_loop()))


class CorkedTransport:
    """Keeps what is written until the event loop's next turn; everything else is the transport's own."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Send it in the next turn, after what was written before."""
        if not self._parts:
            self._loop.call_soon(self._send)
        self._parts.append(data)

    def close(self) -> None:
        """Close once everything is sent."""
        self._send()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _send(self) -> None:
        parts, self._parts = self._parts, []
        if parts:
            self._transport.write(b"".join(parts))
