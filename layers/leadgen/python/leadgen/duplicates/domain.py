"""Internet domains: their IDNA form, the registrable part, and whether one belongs to a company."""

import re
from functools import cache, lru_cache
from typing import Any

import idna

from leadgen.duplicates.providers import FREE_MAIL_DOMAINS, SHARED_SITES

_MAX_TEXT = 2_048
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_PORT = re.compile(r":[0-9]{0,5}$")


def ascii_domain(text: str) -> str | None:
    """Lower-case ASCII form of a domain by UTS 46 and IDNA 2008, or None when it is not a usable one.

    A usable domain has at least two labels, labels of at most 63 and a whole of at most 253 octets (RFC
    1035), and an alphabetic top level; so addresses in numbers and bare host names are None. Never raises.
    """
    text = text.strip().lower().removesuffix(".")
    if not text or len(text) > _MAX_TEXT:
        return None
    if not text.isascii() or "xn--" in text:
        try:
            text = idna.encode(text, uts46=True).decode("ascii")
        except UnicodeError:
            return None
    return text if len(text) <= 253 and _HOST.fullmatch(text) else None


def website_domain(website: str) -> str | None:
    """The host of a URL or bare host name, as `ascii_domain` gives it; scheme, path and port are dropped."""
    if len(website) > _MAX_TEXT:
        return None
    rest = website.strip()
    scheme = _SCHEME.match(rest)
    rest = rest[scheme.end() :] if scheme else rest.removeprefix("//")
    host = re.split(r"[/?#\\]", rest, maxsplit=1)[0].rpartition("@")[2]
    return ascii_domain(_PORT.sub("", host))


@cache
def _public_suffixes() -> Any:
    # Parsing the list takes 40 ms: only a process that meets a domain pays for it.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


@lru_cache(maxsize=65_536)
def registrable_domain(domain: str) -> str | None:
    """The part of an ASCII domain that one registrant owns: "a.b.co.uk" → "b.co.uk"; None for a suffix.

    Source: https://publicsuffix.org with its private section, so each "x.github.io" is its own registrant.
    """
    found: str | None = _public_suffixes().privatesuffix(domain)
    return found


def company_domain(domain: str | None) -> str | None:
    """The registrable domain when it can stand for one company; None for free mail and social sites."""
    if domain is None or domain in FREE_MAIL_DOMAINS:
        return None
    owned = registrable_domain(domain)
    return None if owned in FREE_MAIL_DOMAINS or owned in SHARED_SITES else owned
