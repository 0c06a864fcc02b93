"""robots.txt, as RFC 9309 wants it; parsed by Protego, Scrapy's parser."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from protego import Protego

from build_artifacts.descriptions.fetching.errors import FetchError
from build_artifacts.descriptions.fetching.urls import WebUrl, parse_url

LARGEST_ROBOTS = 500 * 1024
"""Bytes that a crawler must at least read, section 2.5."""
_LONGEST_DELAY = 10.0
"""Seconds of Crawl-delay that are kept between requests; a site that asks for more is given these."""


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """As it was answered; `status` is that after redirects."""

    status: int
    body: bytes


Load = Callable[[WebUrl], Awaitable[RobotsFile]]


class Robots:
    """The rules of all origins of a run, each fetched once."""

    def __init__(self, user_agent: str) -> None:
        self._product = user_agent.partition("/")[0]
        self._rules: dict[str, asyncio.Task[Protego]] = {}

    async def check(self, url: WebUrl, load: Load) -> float:
        """Seconds of pause that the site asks for; raises FetchError where it must not be fetched."""
        rules = await self._of(url, load)
        if not rules.can_fetch(str(url), self._product):
            raise FetchError("robots", f"robots.txt of {url.host} disallows it")
        return min(float(rules.crawl_delay(self._product) or 0.0), _LONGEST_DELAY)

    async def sitemaps(self, url: WebUrl, load: Load) -> list[str]:
        """Sitemaps that the origin's robots.txt names."""
        return list((await self._of(url, load)).sitemaps)

    async def _of(self, url: WebUrl, load: Load) -> Protego:
        task = self._rules.get(url.origin)
        if task is None:
            task = self._rules[url.origin] = asyncio.create_task(_read(url, load))
        return await asyncio.shield(task)


async def _read(url: WebUrl, load: Load) -> Protego:
    """Section 2.3.1: none is there, everything is allowed; a server in trouble, nothing is."""
    file = await load(parse_url(f"{url.origin}/robots.txt"))
    if file.status >= 500 or file.status == 429:
        raise FetchError("status", f"robots.txt of {url.host} is answered with {file.status}")
    text = file.body.decode("utf-8", "replace").removeprefix("\ufeff") if file.status == 200 else ""
    return Protego.parse(text)
