"""Connections to checked addresses only.

Every connection of a fetch is opened here, so there is no way around the check: the name is resolved, every address
must be public, and the connection is made to one of exactly these addresses. The name is not resolved again, so an
answer that changes in between changes nothing (DNS rebinding, https://cwe.mitre.org/data/definitions/918.html). TLS
and the Host header go by the name.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from httpcore2 import (
    AnyIOBackend,
    AsyncNetworkBackend,
    AsyncNetworkStream,
    ConnectError,
    ConnectTimeout,
)

from build_artifacts.descriptions.fetching.addresses import Address, is_public, parse_address
from build_artifacts.descriptions.fetching.errors import AddressRefusedError

SocketAddress = tuple[str, int]
Resolve = Callable[[str, int], Awaitable[Sequence[SocketAddress]]]
"""Addresses and ports of a host and port; raises OSError."""
_RESOLVER_THREADS = 64
_MOST_ADDRESSES = 2
"""Tried one after the other."""


class SystemResolver:
    """The operating system's, in threads of its own: a slow name server holds up no other work."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_RESOLVER_THREADS, "resolver")

    async def __call__(self, host: str, port: int) -> list[SocketAddress]:
        """See `Resolve`."""

        def look_up() -> list[SocketAddress]:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            return [(str(address[0]), int(address[1])) for *_, address in found]

        return await asyncio.get_running_loop().run_in_executor(self._threads, look_up)


class CheckedNetwork(AsyncNetworkBackend):
    """Resolve, check, connect to what was checked."""

    def __init__(self, resolve: Resolve | None = None, allowed: Callable[[Address], bool] = is_public) -> None:
        self._resolve = resolve or SystemResolver()
        self._allowed = allowed
        self._backend = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        """Raises AddressRefusedError where any address of the host is not public; otherwise as httpcore does."""
        error: Exception = ConnectError(f"{host} has no address")
        for address, found_port in await self._addresses(host, port):
            try:
                return await self._backend.connect_tcp(address, found_port, timeout, local_address, socket_options)
            except (ConnectError, ConnectTimeout) as failed:
                error = failed
        raise error

    async def _addresses(self, host: str, port: int) -> list[SocketAddress]:
        try:
            found = await self._resolve(host, port)
            addresses = [parse_address(address) for address, _ in found]
        except (OSError, ValueError) as error:
            raise ConnectError(f"{host} cannot be resolved") from error
        if not all(self._allowed(address) for address in addresses):
            raise AddressRefusedError(f"{host} leads to an address that is not public")
        checked = [(str(address), at) for address, (_, at) in zip(addresses, found, strict=True)]
        # Few hosts that fetch have IPv6; those without would wait in vain.
        return sorted(checked, key=lambda each: ":" in each[0])[:_MOST_ADDRESSES]

    async def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> AsyncNetworkStream:
        """Never."""
        raise AddressRefusedError(f"{path} is no address of the internet")

    async def sleep(self, seconds: float) -> None:
        """Wait; other tasks go on."""
        await asyncio.sleep(seconds)
