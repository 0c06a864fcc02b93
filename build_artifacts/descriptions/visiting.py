"""A visit: the home page, and up to three pages on the company that its links or its sitemap name."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from build_artifacts.descriptions.extraction.extract import TooComplexError
from build_artifacts.descriptions.extraction.links import promise, site_of
from build_artifacts.descriptions.extraction.page import Page
from build_artifacts.descriptions.fetching.bodies import gunzip
from build_artifacts.descriptions.fetching.errors import FetchError
from build_artifacts.descriptions.fetching.http_cache import Validators, validators
from build_artifacts.descriptions.fetching.session import LARGEST_PAGE, Response, Session, Web
from build_artifacts.descriptions.fetching.urls import WebUrl, parse_url
from build_artifacts.descriptions.site import Outcome, Site, site_of_pages

_MOST_MORE_PAGES = 3
_MOST_SITEMAPS = 3
_SECONDS = 90.0
"""For a whole visit; the pages fetched until then count."""
_ABOUT = 2
_LOCATION = re.compile(rb"<loc>\s*(?:<!\[CDATA\[)?\s*([^<\s\]]{1,500})", re.IGNORECASE)
_HTML = ("text/html", "application/xhtml+xml", "text/plain", "")

Extract = Callable[[bytes, str, str], Awaitable[Page]]
"""Of a body, its Content-Type and its URL; raises TooComplexError."""


class PageStore(Protocol):
    """Pages of earlier visits, by the URL that was asked for."""

    def find_page(self, url: str) -> tuple[Page, Validators] | None:
        """The page as it was, and what it can be revalidated by."""

    def keep_page(self, url: str, page: Page, found: Validators) -> None:
        """Keep it for the next visit."""


class Visitor:
    """Visits sites; may be used by many tasks at once."""

    def __init__(self, web: Web, store: PageStore, extract: Extract) -> None:
        self._web = web
        self._store = store
        self._extract = extract
        self.unmodified = 0
        """Pages that are as they were, by the site's word or by comparison, or that were still fresh."""

    async def visit(self, website: WebUrl) -> Site:
        """Never raises for what a site does."""
        pages: list[Page] = []
        try:
            async with asyncio.timeout(_SECONDS), self._web.session() as session:
                await self._collect(session, website, pages)
        except FetchError as error:
            if not pages:
                return Site(str(website), _outcome(error), detail=str(error))
        except TimeoutError:
            if not pages:
                return Site(str(website), "unreachable", detail=f"nothing within {_SECONDS:.0f} s")
        return site_of_pages(str(website), pages)

    async def _collect(self, session: Session, website: WebUrl, pages: list[Page]) -> None:
        home = await self._home(session, website)
        pages.append(home)
        urls = [url for url, _ in home.links]
        if not any(promise(url, label) >= _ABOUT for url, label in home.links):
            urls = [*await self._from_sitemap(session, parse_url(home.url)), *urls]
        for url in list(dict.fromkeys(urls))[:_MOST_MORE_PAGES]:
            try:
                page = await self._page(session, parse_url(url))
            except FetchError:
                continue
            if site_of(page.url) == site_of(home.url) and page.url not in {each.url for each in pages}:
                pages.append(page)

    async def _home(self, session: Session, website: WebUrl) -> Page:
        """As the table writes it, else by plain http, else the root of the site."""
        try:
            return await self._page(session, website)
        except FetchError as error:
            other = _other(website, error)
            if other is None:
                raise
            return await self._page(session, other)

    async def _page(self, session: Session, url: WebUrl) -> Page:
        kept = self._store.find_page(str(url))
        if kept is not None and kept[1].is_fresh:
            self.unmodified += 1
            return kept[0]
        response = await session.get(url, kept[1].headers if kept else None)
        if kept is not None and response.status == 304:
            self.unmodified += 1
            return kept[0]
        found = validators(response.headers, response.body)
        if kept is not None and response.status == 200 and kept[1].digest == found.digest:
            self.unmodified += 1
            page = kept[0]
        else:
            page = await self._read(response)
        self._store.keep_page(str(url), page, found)
        return page

    async def _read(self, response: Response) -> Page:
        kind = response.headers.get("content-type", "")
        if response.status != 200:
            raise FetchError("status", str(response.status))
        if kind.partition(";")[0].strip().lower() not in _HTML:
            raise FetchError("content", f"is {kind[:40]!r}, no page")
        try:
            return await self._extract(response.body, kind, str(response.url))
        except TooComplexError as error:
            raise FetchError("content", str(error)) from error

    async def _from_sitemap(self, session: Session, home: WebUrl) -> list[str]:
        """About pages that the site's sitemaps name (https://www.sitemaps.org/protocol.html), indexes among them."""
        queue = await session.sitemaps(home) or [f"{home.origin}/sitemap.xml"]
        found: list[str] = []
        for turn in range(_MOST_SITEMAPS):
            if turn == len(queue):
                break
            locations = await self._locations(session, queue[turn])
            found += [each for each in locations if promise(each) >= _ABOUT and site_of(each) == site_of(str(home))]
            queue += sorted((each for each in locations if ".xml" in each), key=lambda each: "page" not in each)
        return sorted(found, key=lambda each: (-promise(each), len(each), each))

    async def _locations(self, session: Session, url: str) -> Iterable[str]:
        try:
            response = await session.get(parse_url(url))
            body = gunzip(response.body, LARGEST_PAGE)
        except FetchError:
            return []
        return [location.decode("utf-8", "replace").replace("&amp;", "&") for location in _LOCATION.findall(body)]


def _other(website: WebUrl, error: FetchError) -> WebUrl | None:
    """What to try where the website does not answer as it is written."""
    if error.reason in ("connection", "timeout") and website.scheme == "https":
        return WebUrl("http", website.host, website.target)
    if error.reason == "status" and website.target != "/":
        return WebUrl(website.scheme, website.host, "/")
    return None


def _outcome(error: FetchError) -> Outcome:
    return "robots" if error.reason == "robots" else "unreachable"
