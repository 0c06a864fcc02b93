"""Fetching from a real server: robots, politeness, redirects, limits."""

import asyncio
import gzip
import time

import pytest
from site_farm import Reply, SiteFarm, page, redirect

from build_artifacts.descriptions.fetching import session as session_module
from build_artifacts.descriptions.fetching.errors import FetchError
from build_artifacts.descriptions.fetching.session import Web
from build_artifacts.descriptions.fetching.urls import parse_url

TEXT = Reply


def fetch(farm, *urls, pause=0.0, conditions=None):
    async def get():
        web = Web("leadgen/1.0 (+https://example.com)", pause, farm.network())
        async with web.session() as session:
            return [await session.get(parse_url(url), conditions) for url in urls]

    return asyncio.run(get())


def refused(farm, url, reason):
    with pytest.raises(FetchError) as refusal:
        fetch(farm, url)
    return refusal.value.reason == reason


def robots(text, status=200):
    return Reply(text.encode(), status, {"Content-Type": "text/plain"})


@pytest.mark.parametrize(
    ("file", "allowed"),
    [
        (robots("User-agent: *\nDisallow: /"), False),
        (robots("User-agent: leadgen\nDisallow: /\n\nUser-agent: *\nAllow: /"), False),
        (robots("User-agent: *\nDisallow: /\n\nUser-agent: LeadGen\nAllow: /"), True),
        (robots("User-agent: *\nDisallow: /a\nAllow: /about"), True),
        (robots("\ufeffUser-agent: *\nDisallow: /*out$"), False),
        (robots("User-agent: *\nDisallow: /", 404), True),
        (robots("User-agent: *\nDisallow: /", 403), True),
        (robots("<html>not found</html>"), True),
        (redirect("/robots2.txt"), False),
        (Reply(b"#" * 600_000 + b"\nUser-agent: *\nDisallow: /"), True),
    ],
)
def test_robots_txt_is_obeyed(file, allowed):
    site = {"/robots.txt": file, "/robots2.txt": robots("User-agent: *\nDisallow: /"), "/about": page("hello")}
    with SiteFarm({"acme.com": site}) as farm:
        if allowed:
            assert fetch(farm, "http://acme.com/about")[0].body == b"hello"
        else:
            assert refused(farm, "http://acme.com/about", "robots")
            assert ("acme.com", "/about") not in farm.requests


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_site_whose_robots_txt_is_out_of_order_is_left_alone(status):
    with SiteFarm({"acme.com": {"/robots.txt": robots("", status), "/": page("x")}}) as farm:
        assert refused(farm, "http://acme.com/", "status")
        assert ("acme.com", "/") not in farm.requests


def test_robots_txt_of_the_host_that_a_redirect_leads_to_counts():
    sites = {
        "acme.com": {"/": redirect("http://www.acme.com/")},
        "www.acme.com": {"/robots.txt": robots("User-agent: *\nDisallow: /"), "/": page("x")},
    }
    with SiteFarm(sites) as farm:
        assert refused(farm, "http://acme.com/", "robots")
        assert ("www.acme.com", "/") not in farm.requests


def test_one_request_at_a_time_with_a_pause_between():
    sites = {"acme.com": {f"/{n}": page(str(n)) for n in range(4)}}

    async def all_at_once(farm):
        web = Web("leadgen/1.0", 0.1, farm.network())

        async def one(n):
            async with web.session() as session:
                return (await session.get(parse_url(f"http://acme.com/{n}"))).body

        return await asyncio.gather(*(one(n) for n in range(4)))

    with SiteFarm(sites, seconds=0.02) as farm:
        started = time.monotonic()
        assert asyncio.run(all_at_once(farm)) == [b"0", b"1", b"2", b"3"]
        assert time.monotonic() - started >= 4 * 0.1
        assert farm.most_at_once["acme.com"] == 1
        assert farm.requests["acme.com", "/robots.txt"] == 1


def test_the_site_may_ask_for_a_longer_pause():
    site = {"/robots.txt": robots("User-agent: *\nCrawl-delay: 0.3"), "/1": page("1"), "/2": page("2")}
    with SiteFarm({"acme.com": site}) as farm:
        started = time.monotonic()
        fetch(farm, "http://acme.com/1", "http://acme.com/2")
        assert time.monotonic() - started >= 0.3


def test_redirects_are_followed_five_times():
    site = {f"/{n}": redirect(f"/{n + 1}") for n in range(6)} | {"/6": page("end")}
    with SiteFarm({"acme.com": site}) as farm:
        response = fetch(farm, "http://acme.com/1")[0]
        assert (str(response.url), response.body) == ("http://acme.com/6", b"end")
        assert refused(farm, "http://acme.com/0", "redirects")


def test_a_loop_of_redirects_ends():
    with SiteFarm({"acme.com": {"/": redirect("/")}}) as farm:
        assert refused(farm, "http://acme.com/", "redirects")


def test_what_never_ends_is_cut(monkeypatch):
    monkeypatch.setattr(session_module, "_SECONDS", 0.4)
    site = {
        "/hangs": Reply(hang=True),
        "/drips": Reply(b".", endless=True, pause=0.05, headers={"Content-Type": "text/html"}),
        "/floods": Reply(b"x" * 65536, endless=True, headers={"Content-Type": "text/html"}),
        "/bomb": Reply(gzip.compress(b"\0" * (50 << 20)), headers={"Content-Encoding": "gzip"}),
    }
    with SiteFarm({"acme.com": site}) as farm:
        assert refused(farm, "http://acme.com/hangs", "timeout")
        assert refused(farm, "http://acme.com/drips", "timeout")
        monkeypatch.setattr(session_module, "_SECONDS", 10.0)
        assert len(fetch(farm, "http://acme.com/floods")[0].body) == session_module.LARGEST_PAGE
        assert len(fetch(farm, "http://acme.com/bomb")[0].body) == session_module.LARGEST_PAGE


def test_garbage_instead_of_http_is_a_failed_connection():
    with SiteFarm(
        {"acme.com": {"/": Reply(headers={"Transfer-Encoding": "nonsense", "Content-Length": "-1"})}}
    ) as farm:
        assert refused(farm, "http://acme.com/", "connection")


def test_the_crawler_says_who_it_is_and_carries_nothing_along():
    site = {"/1": page("1", Set_Cookie="a=b"), "/2": page("2")}
    with SiteFarm({"acme.com": site}) as farm:
        fetch(farm, "http://acme.com/1", "http://acme.com/2")
        sent = farm.headers["acme.com", "/2"]
    assert sent["user-agent"] == "leadgen/1.0 (+https://example.com)"
    assert sent["host"] == "acme.com"
    assert not {"cookie", "referer", "authorization"} & set(sent)
