"""Requests for one site: redirects, robots, conditional requests, limits of size and time."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType

import httpcore2

from build_artifacts.descriptions.fetching.bodies import ACCEPTED_ENCODINGS, read_body
from build_artifacts.descriptions.fetching.errors import AddressRefusedError, FetchError
from build_artifacts.descriptions.fetching.hosts import HostTurns
from build_artifacts.descriptions.fetching.network import CheckedNetwork
from build_artifacts.descriptions.fetching.robots import LARGEST_ROBOTS, Robots, RobotsFile
from build_artifacts.descriptions.fetching.urls import WebUrl

LARGEST_PAGE = 2 * 2**20
"""Bytes after decompression; a longer page is cut there."""
_LARGEST_ERROR = 2**16
_SECONDS = 10.0
"""For one request, from resolving the name to the last byte."""
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Response:
    """Of any status. `url` is where redirects ended; names in `headers` are lower case."""

    url: WebUrl
    status: int
    headers: Mapping[str, str]
    body: bytes


class Web:
    """What all sessions of a run share."""

    def __init__(self, user_agent: str, pause: float, network: CheckedNetwork | None = None) -> None:
        self.user_agent = user_agent
        self.turns = HostTurns(pause)
        self.robots = Robots(user_agent)
        self.requests = 0
        """Sent, redirects and robots.txt included."""
        self._network = network or CheckedNetwork()
        self._ssl = ssl.create_default_context()

    def session(self) -> "Session":
        """For one site; `async with` closes its connection."""
        pool = httpcore2.AsyncConnectionPool(
            ssl_context=self._ssl, max_connections=1, keepalive_expiry=30.0, network_backend=self._network
        )
        return Session(self, pool)


class Session:
    """One connection at a time. Nothing is kept between requests: no cookies, no referrer."""

    def __init__(self, web: Web, pool: httpcore2.AsyncConnectionPool) -> None:
        self._web = web
        self._pool = pool

    async def __aenter__(self) -> "Session":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.aclose()

    async def get(self, url: WebUrl, conditions: Mapping[str, str] | None = None, most: int = LARGEST_PAGE) -> Response:
        """Fetch a page that robots.txt allows, there and wherever it redirects to. Raises FetchError.

        `conditions` are the headers of a conditional request; they go to the first URL only.
        """
        for _ in range(_MOST_REDIRECTS + 1):
            pause = await self._web.robots.check(url, self._robots_file)
            response = await self._once(url, conditions or {}, most, pause)
            if response.status not in _REDIRECTS:
                return response
            url, conditions = _target(response), None
        raise FetchError("redirects", f"more than {_MOST_REDIRECTS}")

    async def sitemaps(self, url: WebUrl) -> list[str]:
        """Sitemaps that robots.txt of the URL's origin names. Raises FetchError."""
        return await self._web.robots.sitemaps(url, self._robots_file)

    async def _robots_file(self, url: WebUrl) -> RobotsFile:
        """RFC 9309, section 2.3.1: five redirects are followed, also to another host."""
        for _ in range(_MOST_REDIRECTS + 1):
            response = await self._once(url, {}, LARGEST_ROBOTS, 0.0)
            if response.status not in _REDIRECTS:
                return RobotsFile(response.status, response.body)
            url = _target(response)
        return RobotsFile(404, b"")

    async def _once(self, url: WebUrl, conditions: Mapping[str, str], most: int, pause: float) -> Response:
        async with self._web.turns.turn(url.host, pause):
            self._web.requests += 1
            try:
                async with asyncio.timeout(_SECONDS):
                    return await self._send(url, conditions, most)
            except AddressRefusedError as error:
                raise FetchError("address", str(error)) from error
            except (TimeoutError, httpcore2.TimeoutException) as error:
                raise FetchError("timeout", f"no answer within {_SECONDS:.0f} s") from error
            except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
                raise FetchError("connection", type(error).__name__) from error

    async def _send(self, url: WebUrl, conditions: Mapping[str, str], most: int) -> Response:
        headers = {
            "Host": url.host,
            "User-Agent": self._web.user_agent,
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.1",
            "Accept-Encoding": ACCEPTED_ENCODINGS,
            "Accept-Language": "en,*;q=0.5",
            **conditions,
        }
        where = httpcore2.URL(scheme=url.scheme, host=url.host, port=None, target=url.target)
        async with self._pool.stream("GET", where, headers=list(headers.items())) as answer:
            found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            fine = answer.status == 200
            encoding = found.get("content-encoding", "") if fine else ""
            # The body of an error is of no use; read, it leaves the connection free for the next request.
            body = await read_body(answer.aiter_stream(), encoding, most if fine else _LARGEST_ERROR)
            return Response(url, answer.status, found, body)


def _target(response: Response) -> WebUrl:
    return response.url.join(response.headers.get("location", ""))
