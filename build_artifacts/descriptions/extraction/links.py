"""Links that may lead to more on the company itself."""

import re
from urllib.parse import unquote, urljoin, urlsplit

from bs4 import BeautifulSoup
from leadgen.duplicates.domain import registrable_domain

from build_artifacts.descriptions.extraction.text import clean

_BEST = re.compile(
    r"about|who[-_ ]?we[-_ ]?are|our[-_ ]?(?:company|story|business|firm)|company|profile|what[-_ ]?we[-_ ]?do|overview"
    r"|über|ueber[-_ ]?uns|unternehmen|wir[-_ ]|qui[-_ ]sommes|propos|entreprise|soci[eé]t[eé]|chi[-_ ]siamo|azienda"
    r"|qui[eé]nes|nosotros|empresa|sobre|quem[-_ ]somos|over[-_ ]ons|bedrijf|om[-_ ]oss|o[-_ ]nas|hakk[iı]m[iı]zda"
    r"|会社|企業|公司|关于|關於|소개|о[-_ ]компании|о[-_ ]нас",
    re.IGNORECASE,
)
_GOOD = re.compile(
    r"services?|products?|solutions?|leistungen|produkte|produits|servicios|productos|servizi|prodotti|history|mission",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"login|sign[-_ ]?in|account|basket|cart|checkout|privacy|datenschutz"
    r"|terms|cookie|policy|returns|shipping|faq|career"
    r"|jobs|news|blog|press|event|investor|contact|kontakt|impressum|sitemap|feed"
    r"|\.(?:pdf|jpe?g|png|gif|zip|docx?|xlsx?|mp4)$",
    re.IGNORECASE,
)
_MOST = 40
_LONGEST_LABEL = 40


def company_links(soup: BeautifulSoup, base: str) -> list[tuple[str, str]]:
    """URL and text of at most 40 such links within the same site, the most promising first."""
    domain = site_of(base)
    found: dict[str, str] = {}
    for tag in soup.find_all("a", href=True):
        label = clean(tag.get_text(" "))[:_LONGEST_LABEL]
        url = _absolute(base, str(tag["href"]))
        if url and domain and site_of(url) == domain and promise(url, label) and url != base:
            found.setdefault(url, label)
    return sorted(found.items(), key=lambda link: (-promise(*link), len(link[0]), link[0]))[:_MOST]


def promise(url: str, label: str = "") -> int:
    """0 to 3: how likely a page tells what the company is; an about page near the site's root most of all."""
    path = unquote(urlsplit(url).path)
    if _NEVER.search(path) or path in ("", "/"):
        return 0
    if _BEST.search(path) or _BEST.search(label):
        return 3 if path.strip("/").count("/") <= 1 else 2
    return int(bool(_GOOD.search(path) or _GOOD.search(label)))


def site_of(url: str) -> str | None:
    """The registrable domain of a URL's host."""
    host = urlsplit(url).hostname
    return registrable_domain(host) if host else None


def _absolute(base: str, reference: str) -> str | None:
    try:
        url = urlsplit(urljoin(base, reference.strip()))
    except ValueError:
        return None
    return url._replace(fragment="").geturl() if url.scheme in ("http", "https") else None
