"""Websites under their own names on loopback: one server, told apart by Host, reached through a resolver of the test.

    with SiteFarm({"acme.com": {"/": page("<p>We make anvils.</p>")}}) as farm:
        run_describe(options, farm.network())

Production has no way to reach loopback: the resolver and the rule that allows it exist in tests alone.
"""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from build_artifacts.descriptions.fetching.network import CheckedNetwork, SocketAddress

LOOPBACK = ip_address("127.0.0.1")


@dataclass(frozen=True)
class Reply:
    """What a path answers. `parts` follow the head as they are, `pause` seconds between them."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0.0
    hang: bool = False
    endless: bool = False


Answer = Reply | Callable[[Mapping[str, str]], Reply]
"""Or a function of the request's headers."""
Site = Mapping[str, Answer]
MISSING = Reply(b"not here", 404)


def page(html: str | bytes, status: int = 200, **headers: str) -> Reply:
    """An HTML page; underscores in names of headers stand for hyphens."""
    body = html if isinstance(html, bytes) else html.encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(body, status, {"Content-Type": "text/html; charset=utf-8"} | named)


def redirect(to: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": to})


class SiteFarm:
    """`requests` counts what came in by host and path; `most_at_once` by host."""

    def __init__(self, sites: Mapping[str, Site], seconds: float = 0.0) -> None:
        self.sites = dict(sites)
        self.seconds = seconds
        self.requests: Counter[tuple[str, str]] = Counter()
        self.headers: dict[tuple[str, str], Mapping[str, str]] = {}
        self.most_at_once: Counter[str] = Counter()
        self._now: Counter[str] = Counter()

    def __enter__(self) -> "SiteFarm":
        started = threading.Event()
        self._loop = asyncio.new_event_loop()

        async def serve() -> None:
            self._ended = asyncio.Event()
            server = await asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=1024)
            self.port = server.sockets[0].getsockname()[1]
            started.set()
            await self._ended.wait()
            server.close()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(serve()), daemon=True)
        self._thread.start()
        started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        self._loop.close()

    async def resolve(self, host: str, port: int) -> list[SocketAddress]:
        """Plain http only; a host that the farm does not have has no address."""
        if port != 80 or host not in self.sites:
            raise socket.gaierror(f"{host}:{port}")
        return [("127.0.0.1", self.port)]

    def network(self) -> CheckedNetwork:
        """The internet, as far as a run may see it here."""
        return CheckedNetwork(self.resolve, lambda address: address == LOOPBACK)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode("latin-1").split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
                await self._answer(headers["host"], lines[0].split(" ")[1], headers, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, host: str, path: str, headers: Mapping[str, str], writer: asyncio.StreamWriter) -> None:
        self.requests[host, path] += 1
        self.headers[host, path] = headers
        self._now[host] += 1
        self.most_at_once[host] = max(self.most_at_once[host], self._now[host])
        try:
            await asyncio.sleep(self.seconds)
            answer = self.sites.get(host, {}).get(path, MISSING)
            reply = answer(headers) if callable(answer) else answer
            if reply.hang:
                await asyncio.sleep(3600)
            found = {"Content-Length": str(len(reply.body))} | dict(reply.headers)
            if reply.endless:
                del found["Content-Length"]
            lines = [f"HTTP/1.1 {reply.status} X", *(f"{name}: {value}" for name, value in found.items())]
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + reply.body)
            while reply.endless:
                await writer.drain()
                await asyncio.sleep(reply.pause)
                writer.write(reply.body)
            await writer.drain()
        finally:
            self._now[host] -= 1
