"""URLs that may be fetched: http or https, the usual ports, a name that can be public."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

import idna

from build_artifacts.descriptions.fetching.errors import FetchError

_PORTS = {"http": 80, "https": 443}
_LONGEST = 2000
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_LAST_LABEL = re.compile(r"[a-z][a-z0-9-]+")
_NOT_PUBLIC = frozenset({
    "localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "arpa", "onion", "invalid", "test",
    "example", "alt",
})  # fmt: skip
"""Top-level names that lead nowhere public, RFC 6761 and what private networks use."""
_KEPT = "/:?#[]@!$&'()*+,;=%~-._"


@dataclass(frozen=True, slots=True)
class WebUrl:
    """The parts of a URL that was checked. `host` is ASCII (IDNA), `target` the path and query as they are sent."""

    scheme: str
    host: str
    target: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}{self.target}"

    @property
    def port(self) -> int:
        """80 or 443."""
        return _PORTS[self.scheme]

    @property
    def origin(self) -> str:
        """Scheme and host, which robots.txt is asked for at."""
        return f"{self.scheme}://{self.host}"

    def join(self, reference: str) -> "WebUrl":
        """A link or redirect found at this URL; raises FetchError."""
        if _UNSAFE.search(reference):
            reference = quote(reference.strip(), safe=_KEPT)
        try:
            return parse_url(urljoin(str(self), reference))
        except ValueError as error:
            raise FetchError("url", "is malformed") from error


def parse_url(text: str) -> WebUrl:
    """Check a URL; raises FetchError.

    Addresses instead of names are refused in every spelling (decimal, octal, hexadecimal, IPv6, other digits): a
    host whose last label is a number is an address (https://url.spec.whatwg.org/#ends-in-a-number-checker), and no
    company's website is one.
    """
    if len(text) > _LONGEST or _UNSAFE.search(text):
        raise FetchError("url", "is malformed")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise FetchError("url", "is malformed") from error
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or parts.username is not None or parts.password is not None:
        raise FetchError("url", "is no plain http or https address")
    if port not in (None, _PORTS[scheme]):
        raise FetchError("url", f"names port {port}")
    target = quote(parts.path or "/", safe=_KEPT) + (f"?{quote(parts.query, safe=_KEPT)}" if parts.query else "")
    return WebUrl(scheme, _host(parts.hostname or ""), target)


def parse_website(text: str | None) -> WebUrl | None:
    """A table's cell as a URL, https where it names no scheme; None where it holds none."""
    text = (text or "").strip()
    if not text or text.lower() in ("n/a", "na", "none", "null", "-"):
        return None
    if "://" not in text.partition("/")[0] + "//":
        text = f"https://{text.lstrip('/')}"
    try:
        return parse_url(text)
    except FetchError:
        return None


def _host(name: str) -> str:
    try:
        host = idna.encode(name.rstrip("."), uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise FetchError("url", "names no host") from error
    labels = host.split(".")
    public = len(labels) > 1 and _LAST_LABEL.fullmatch(labels[-1]) and labels[-1] not in _NOT_PUBLIC
    if not public or len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise FetchError("url", "names no public host")
    return host
