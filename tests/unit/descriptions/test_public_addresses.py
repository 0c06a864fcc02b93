"""No form of a private, loopback, link-local or metadata address passes, neither as a URL nor as a resolved address."""

import pytest

from build_artifacts.descriptions.fetching.addresses import is_public, parse_address
from build_artifacts.descriptions.fetching.errors import FetchError
from build_artifacts.descriptions.fetching.urls import parse_url, parse_website

URLS = [
    "http://127.0.0.1/", "http://127.1/", "http://127.0.1/", "http://127.255.255.254/", "http://2130706433/",
    "http://0x7f000001/", "http://0x7f.0.0.1/", "http://0x7F.0x0.0x0.0x1/", "http://0177.0.0.1/",
    "http://0177.0.0.01/", "http://017700000001/", "http://0x7f.1/", "http://127.0.0.1.:80/", "http://0/",
    "http://0.0.0.0/", "http://00000000000/", "http://169.254.169.254/latest/meta-data/", "http://2852039166/",
    "http://0xa9fea9fe/", "http://0xA9.0xFE.0xA9.0xFE/", "http://0251.0376.0251.0376/", "http://169.254.43518/",
    "http://169.16689662/", "http://10.0.0.1/", "http://10.1/", "http://167772161/", "http://172.16.0.1/",
    "http://192.168.1.1/", "http://192.168.257/", "http://3232235777/", "http://100.64.0.1/",
    "http://100.100.100.200/", "http://168.63.129.16/", "http://224.0.0.1/", "http://255.255.255.255/",
    "http://198.18.0.1/", "http://[::1]/", "http://[::]/", "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::ffff:a9fe:a9fe]/", "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/", "http://[64:ff9b::a9fe:a9fe]/", "http://[64:ff9b:1::a00:1]/",
    "http://[2002:7f00:1::]/", "http://[2001:0:7f00:1::]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/",
    "http://[fc00::1]/", "http://[fd00:ec2::254]/", "http://[fec0::1]/", "http://[ff02::1]/",
    "http://[2001:db8::1]/", "http://[100::1]/", "http://１２７.０.０.１/", "http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/",
    "http://127｡0｡0｡1/", "http://１６９.２５４.１６９.２５４/", "http://localhost/", "http://LOCALHOST/", "http://localhost./",
    "http://ⓛocalhost/", "http://a.localhost/", "http://ip6-localhost/", "http://metadata.google.internal/",
    "http://metadata/", "http://router.local/", "http://intranet/", "http://db.corp/",
    "http://1.0.0.127.in-addr.arpa/", "http://example.com:22/", "http://example.com:8080/",
    "https://example.com:80/", "http://example.com:0/", "http://example.com:99999/", "http://user@example.com/",
    "http://example.com@127.0.0.1/", "http://user:pw@example.com/", "http://127.0.0.1#@example.com/",
    "http://127.0.0.1?@example.com/", "http://example.com\\@127.0.0.1/", "http:\\\\127.0.0.1/",
    "http:///127.0.0.1/", "http://%31%32%37.0.0.1/", "http://127.0.0.1%00.example.com/",
    "http://127.0.0.1%2f.example.com/", "file:///etc/passwd", "ftp://example.com/", "gopher://127.0.0.1/",
    "dict://127.0.0.1:11211/", "data:text/html,x", "javascript:alert(1)", "jar:http://127.0.0.1!/",
    "unix:/var/run/docker.sock", "http://", "http://.../", "http://-a.com/", "http://1.2.3.4.5/",
    "http://example.0x7f/", "http://example.1/", "http://[::1", "http://[127.0.0.1]/",
]  # fmt: skip
ADDRESSES = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
    "127.0.0.1", "127.255.255.255", "169.254.0.1", "169.254.169.254", "169.254.170.2", "169.254.169.123",
    "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1",
    "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16", "::", "::1", "::127.0.0.1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0", "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::1",
    "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::1", "2002:a9fe:a9fe::1", "3fff::1",
    "4000::1", "5f00::1", "fc00::1", "fd00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1",
    "ff00::1", "ff02::1", "ff0e::1",
]  # fmt: skip


@pytest.mark.parametrize("url", URLS)
def test_a_url_that_leads_nowhere_public_is_refused(url):
    with pytest.raises(FetchError) as refusal:
        parse_url(url)
    assert refusal.value.reason == "url"
    assert parse_website(url) is None


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_is_not_public_is_refused(address):
    assert not is_public(parse_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "172.15.0.1",
        "172.32.0.1",
        "100.63.0.1",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ],
)
def test_a_public_address_is_not_refused(address):
    assert is_public(parse_address(address))


@pytest.mark.parametrize(
    ("cell", "url"),
    [
        ("acme.com", "https://acme.com/"),
        (" http://www.Acme.com ", "http://www.acme.com/"),
        ("//acme.com/about?x=1#top", "https://acme.com/about?x=1"),
        ("https://bücher.de", "https://xn--bcher-kva.de/"),
        ("http://acme.com:80/ü b", None),
        ("acme.co.uk/über", "https://acme.co.uk/%C3%BCber"),
        ("n/a", None),
        ("", None),
        (None, None),
        ("see our facebook page", None),
    ],
)
def test_a_cell_is_read_as_a_website(cell, url):
    found = parse_website(cell)
    assert (str(found) if found else None) == url


def test_a_link_is_checked_like_any_url():
    home = parse_url("http://acme.com/a/b")
    assert str(home.join("../c d")) == "http://acme.com/c%20d"
    for link in ("//127.0.0.1/x", "http://[::1]/", "ftp://acme.com/", "http://acme.com:22/"):
        with pytest.raises(FetchError):
            home.join(link)
