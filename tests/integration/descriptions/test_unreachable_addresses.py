"""No page, redirect or name server makes a run connect to an address that is not public."""

import asyncio
import socket

import pytest
from site_farm import Reply, SiteFarm, page, redirect

from build_artifacts.descriptions.fetching.errors import FetchError
from build_artifacts.descriptions.fetching.network import CheckedNetwork
from build_artifacts.descriptions.fetching.session import Web
from build_artifacts.descriptions.fetching.urls import parse_url


def fetch(network, url="http://acme.com/"):
    async def get():
        async with Web("leadgen/1.0", 0.0, network).session() as session:
            return await session.get(parse_url(url))

    return asyncio.run(get())


def answering(*answers):
    """A name server that gives one answer after the other, the last for ever."""
    left = list(answers)

    async def resolve(host, port):
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


@pytest.fixture
def secret():
    """A service on loopback that nobody may ask; the run's own rule is the production one."""
    with SiteFarm({}) as farm:
        yield farm


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "10.0.0.1", "64:ff9b::7f00:1"]
)
def test_a_name_that_leads_to_a_private_address_is_not_asked(secret, address):
    with pytest.raises(FetchError) as refusal:
        fetch(CheckedNetwork(answering([(address, secret.port)])))
    assert refusal.value.reason == "address"
    assert not secret.requests


def test_one_private_address_among_public_ones_is_enough(secret):
    network = CheckedNetwork(answering([("93.184.216.34", 80), ("127.0.0.1", secret.port)]))
    with pytest.raises(FetchError) as refusal:
        fetch(network)
    assert refusal.value.reason == "address"
    assert not secret.requests


def test_the_system_resolver_is_checked_too(secret):
    with pytest.raises(FetchError, match=r"address|connection"):
        fetch(CheckedNetwork(), f"http://{socket.gethostname()}.localdomain.com/")
    assert not secret.requests


def test_a_name_is_resolved_once_for_each_connection():
    """An answer that changes between check and connection cannot win: there is no second question."""
    asked = []

    async def resolve(host, port):
        asked.append(host)
        return [("127.0.0.1", farm.port)]

    checked = []

    def allowed(address):
        checked.append(str(address))
        return True

    with SiteFarm({"acme.com": {"/": page("hello")}}) as farm:
        assert fetch(CheckedNetwork(resolve, allowed)).body == b"hello"
    assert asked == ["acme.com"]
    assert checked == ["127.0.0.1"]


def test_an_answer_that_changes_between_requests_is_refused():
    """First public, as the test has it, then loopback: every new connection is checked."""
    sites = {"acme.com": {"/": Reply(status=302, headers={"Location": "/next", "Connection": "close"})}}
    with SiteFarm(sites) as farm:
        resolve = answering([("127.0.0.1", farm.port)], [("127.0.0.2", farm.port)])
        network = CheckedNetwork(resolve, lambda address: str(address) == "127.0.0.1")
        # robots.txt takes the first connection; closing it makes the page need a second.
        sites["acme.com"]["/robots.txt"] = Reply(status=404, headers={"Connection": "close"})
        with pytest.raises(FetchError) as refusal:
            fetch(network)
    assert refusal.value.reason == "address"
    assert ("acme.com", "/next") not in farm.requests


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://[::1]/",
        "//169.254.169.254/latest",
        "http://[::ffff:127.0.0.1]/", "http://localhost/", "http://metadata.google.internal/", "file:///etc/passwd",
        "http://acme.com:6379/", "http://user@acme.com/", "http://inside.acme.com/", "gopher://acme.com/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_checked_like_the_first_url(target, status):
    with SiteFarm({"acme.com": {"/": redirect(target, status)}, "inside.acme.com": {"/": page("secret")}}) as farm:

        async def resolve(host, port):
            return [("127.0.0.1" if host == "acme.com" else "127.0.0.2", farm.port)]

        with pytest.raises(FetchError) as refusal:
            fetch(CheckedNetwork(resolve, lambda address: str(address) == "127.0.0.1"))
    assert refusal.value.reason in ("url", "address")
    assert set(farm.requests) == {("acme.com", "/robots.txt"), ("acme.com", "/")}


def test_robots_txt_may_not_redirect_there_either():
    sites = {"acme.com": {"/robots.txt": redirect("http://127.0.0.1/"), "/": page("x")}}
    with SiteFarm(sites) as farm, pytest.raises(FetchError) as refusal:
        fetch(farm.network())
    assert refusal.value.reason == "url"
    assert ("acme.com", "/") not in farm.requests
