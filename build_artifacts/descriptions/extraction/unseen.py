"""What a visitor does not read: hidden nodes, comments, consent banners, navigation, forms."""

import re
from typing import Any

from bs4 import BeautifulSoup, Tag
from bs4.element import PreformattedString

_NEVER_READ = frozenset({
    "script", "style", "noscript", "template", "svg", "math", "canvas", "iframe", "object", "embed", "audio", "video",
    "head", "select", "option", "datalist", "textarea", "button", "input", "dialog", "noframes", "map", "frameset",
})  # fmt: skip
_AROUND = ("nav", "footer", "aside", "menu")
_AROUND_ROLES = frozenset({"navigation", "menu", "menubar", "banner", "contentinfo", "search", "dialog", "alertdialog"})
_HIDING_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|content-visibility\s*:\s*hidden"
    r"|(?<![\w-])opacity\s*:\s*0*(?:\.0+)?\s*(?:%|;|!|$)|font-size\s*:\s*0*(?:\.\d+)?\s*(?:px|pt|em|rem|%|;|!|$)"
    r"|(?:text-indent|left|top|right|bottom|margin-left|margin-top)\s*:\s*-\s*\d{3,}"
    r"|(?<![\w-])(?:max-)?(?:height|width)\s*:\s*[01](?:px)?\s*(?:;|!|$)|clip(?:-path)?\s*:\s*(?:rect\(\s*0|inset\(\s*(?:50|100))"
    r"|transform\s*:\s*scale\(\s*0\s*\)|color\s*:\s*transparent",
    re.IGNORECASE,
)
_COLOUR = re.compile(r"(?<![\w-])(color|background(?:-color)?)\s*:\s*([#\w]+(?:\([^)]*\))?)", re.IGNORECASE)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_AT_RULE = re.compile(r"@[^{};]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SIMPLE = re.compile(r"[a-z]*(?:[.#][\w-]+)*|>", re.IGNORECASE)
_LONGEST_SHEET = 50_000
_MOST_SELECTORS = 100
_HIDING_CLASS = frozenset({
    "hidden", "hide", "d-none", "sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "invisible",
    "screenreader-only", "is-hidden", "u-hidden", "element-invisible", "offscreen", "off-screen",
})  # fmt: skip
_CONSENT = re.compile(
    r"cookie|consent|gdpr|onetrust|cookiebot|didomi|truste|cybot|usercentrics|quantcast|iubenda|klaro|osano|cmplz|borlabs",
    re.IGNORECASE,
)
_NAVIGATION = re.compile(
    r"(?:^|[-_\s])(?:nav|navbar|navigation|menu|submenu|breadcrumbs?|footer|copyright|sidebar|social|share|pagination|"
    r"newsletter|subscribe|popup|modal|skip|sitemap|toolbar|topbar|login|basket|cart|search)(?:[-_\s]|$)",
    re.IGNORECASE,
)
_CONSENT_TEXT = re.compile(r"\bcookies?\b", re.IGNORECASE)
_LONGEST_BANNER = 1500
_MOST_OF_PAGE = 0.6
_WHITE = frozenset({"white", "#fff", "#ffffff", "rgb(255,255,255)"})


def drop_unseen(soup: BeautifulSoup) -> None:
    """Remove what is hidden or never read, in place. Stylesheets are read as far as they stand in the page."""
    selectors = _hiding_selectors("".join(tag.get_text() for tag in soup.find_all("style")))
    for node in soup.find_all(string=lambda text: isinstance(text, PreformattedString)):
        node.extract()
    unseen = soup.select(", ".join(selectors)) if selectors else []
    for tag in [*unseen, *(tag for tag in soup.find_all(name=True) if tag.name in _NEVER_READ or _is_hidden(tag))]:
        if not tag.decomposed and tag.name not in ("html", "body"):
            tag.decompose()


def drop_surroundings(soup: BeautifulSoup) -> None:
    """Remove navigation, footers and consent banners, in place; nothing that holds most of the page's text."""
    whole = len(soup.get_text())
    for tag in soup.find_all(name=True):
        if tag.decomposed or not _is_around(tag):
            continue
        if len(tag.get_text()) < _MOST_OF_PAGE * whole or tag.name in _AROUND:
            tag.decompose()


def _hiding_selectors(sheet: str) -> list[str]:
    """Plain selectors of rules that hide; those for print or a width of the screen are left out."""
    rules = _RULE.findall(_AT_RULE.sub("", _CSS_COMMENT.sub("", sheet[:_LONGEST_SHEET])))
    hiding = [names for names, style in rules if _HIDING_STYLE.search(style)]
    names = [name.strip() for names in hiding for name in names.split(",")][:_MOST_SELECTORS]
    return [name for name in names if ("." in name or "#" in name) and all(map(_SIMPLE.fullmatch, name.split()))]


def _is_hidden(tag: Tag) -> bool:
    if tag.name in ("html", "body"):
        return False
    if tag.has_attr("hidden") or tag.get("aria-hidden") == "true" or tag.get("type") == "hidden":
        return True
    style = str(tag.get("style") or "")
    if style and (_HIDING_STYLE.search(style) or _is_invisible_colour(style)):
        return True
    return not _HIDING_CLASS.isdisjoint(_classes(tag))


def _is_invisible_colour(style: str) -> bool:
    """White, or the colour of its own background."""
    colours = {name.lower(): value.lower().replace(" ", "") for name, value in _COLOUR.findall(style)}
    ground = colours.get("background-color") or colours.get("background")
    written = colours.get("color")
    return written is not None and (written == ground or (ground is None and written in _WHITE))


def _is_around(tag: Tag) -> bool:
    if tag.name in ("html", "body", "main", "article"):
        return False
    if tag.name in _AROUND or tag.get("role") in _AROUND_ROLES:
        return True
    name = f"{tag.get('id') or ''} {' '.join(_classes(tag))}"
    if _CONSENT.search(name):
        return len(tag.get_text()) <= _LONGEST_BANNER
    return bool(name.strip()) and _NAVIGATION.search(name) is not None


def is_consent(text: str) -> bool:
    """Whether a sentence is one of a consent banner that nothing else gave away."""
    return _CONSENT_TEXT.search(text) is not None


def _classes(tag: Tag) -> list[str]:
    found: Any = tag.get("class") or []
    return [found.lower()] if isinstance(found, str) else [each.lower() for each in found]
