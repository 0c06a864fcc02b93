"""What a page says in its head: title, language, meta descriptions, JSON-LD (https://schema.org/Organization)."""

import json
from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup, Tag

from build_artifacts.descriptions.extraction.text import clean

_DESCRIPTIONS = ("description", "og:description", "twitter:description", "dc.description")
_SITE_NAMES = ("og:site_name", "application-name", "apple-mobile-web-app-title")
_ORGANISATIONS = frozenset({
    "organization", "corporation", "localbusiness", "store", "onlinebusiness", "professionalservice", "ngo", "hotel",
    "restaurant", "medicalorganization", "educationalorganization", "financialservice", "legalservice", "website",
    "homeandconstructionbusiness", "automotivebusiness", "foodestablishment", "lodgingbusiness", "dentist",
})  # fmt: skip
_DEEPEST = 8
_MOST_NODES = 500
_LONGEST_JSON = 200_000


def title(soup: BeautifulSoup) -> str:
    """The page's title."""
    return clean(soup.title.get_text(" ")) if soup.title else ""


def declared_language(soup: BeautifulSoup) -> str | None:
    """What `<html lang>` says, as ISO 639-1."""
    root = soup.find("html")
    code = str(root.get("lang") or root.get("xml:lang") or "") if isinstance(root, Tag) else ""
    code = code.replace("_", "-").partition("-")[0].strip().lower()
    return code if len(code) == 2 and code.isalpha() else None


def meta_descriptions(soup: BeautifulSoup) -> list[str]:
    """Different ones, in order of trust."""
    return _meta(soup, _DESCRIPTIONS)


def site_names(soup: BeautifulSoup) -> list[str]:
    """Names that the site gives itself."""
    return _meta(soup, _SITE_NAMES)


def _meta(soup: BeautifulSoup, names: tuple[str, ...]) -> list[str]:
    found: dict[str, str] = {}
    for tag in soup.find_all("meta"):
        name = str(tag.get("name") or tag.get("property") or "").strip().lower()
        text = clean(str(tag.get("content") or ""))
        if name in names and text:
            found.setdefault(name, text)
    return list(dict.fromkeys(found[name] for name in names if name in found))


def organisations(soup: BeautifulSoup) -> tuple[list[str], list[str]]:
    """Names and descriptions of the organisations in the page's JSON-LD; broken JSON is passed over."""
    names: dict[str, None] = {}
    descriptions: dict[str, None] = {}
    for script in soup.find_all("script", type="application/ld+json"):
        for node in _nodes(_parsed(script.get_text())):
            for key, found in (
                ("name", names),
                ("legalName", names),
                ("description", descriptions),
                ("slogan", descriptions),
            ):
                if isinstance(node.get(key), str) and (text := clean(node[key])):
                    found.setdefault(text)
    return list(names), list(descriptions)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, strict=False) if len(text) <= _LONGEST_JSON else None
    except (ValueError, RecursionError):
        return None


def _nodes(root: Any) -> Iterator[dict[str, Any]]:
    """Organisations anywhere in it, the outermost first."""
    level, seen = [root], 0
    for _ in range(_DEEPEST):
        below: list[Any] = []
        for node in level:
            seen += 1
            if isinstance(node, dict):
                if _is_organisation(node):
                    yield node
                below += [each for each in node.values() if isinstance(each, dict | list)]
            elif isinstance(node, list):
                below += node
        if seen > _MOST_NODES:
            return
        level = below


def _is_organisation(node: dict[str, Any]) -> bool:
    kinds = node.get("@type")
    named = [kinds] if isinstance(kinds, str) else kinds if isinstance(kinds, list) else []
    return any(isinstance(kind, str) and kind.rpartition("/")[2].lower() in _ORGANISATIONS for kind in named)
