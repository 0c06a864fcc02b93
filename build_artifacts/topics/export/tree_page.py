"""The themes of a run as a tree to read: broader themes, themes, and the largest topics of each."""

from collections import defaultdict
from typing import Any

import pyarrow as pa

from build_artifacts.topics.export.page import page, text

_TOPICS = 8
_KEYWORDS = 10
Row = dict[str, Any]


def tree_page(themes: pa.Table, topics: pa.Table, title: str, subtitle: str) -> str:
    """The page as HTML, without any script; themes in the order of the table, broader ones open."""
    shown = ("theme_id", "title", "firm", "ticker", "company_id", "n_sentences", "summary")
    largest: dict[int, list[Row]] = defaultdict(list)
    for topic in topics.select(shown).sort_by([("n_sentences", "descending")]).to_pylist():
        if len(largest[topic["theme_id"]]) < _TOPICS:
            largest[topic["theme_id"]].append(topic)
    below: dict[int | None, list[Row]] = defaultdict(list)
    for theme in themes.drop_columns(["embedding"]).to_pylist():
        below[theme["parent_id"]].append(theme)
    tree = "\n".join(_theme(theme, below, largest) for theme in below[None])
    empty = '<p class="quiet">This run has no themes.</p>'
    heading = f'<h1>{text(title)}</h1><p class="quiet">{text(subtitle)}</p>'
    return page(title, f'<div class="report">{heading}{tree or empty}</div>')


def _theme(theme: Row, below: dict[int | None, list[Row]], largest: dict[int, list[Row]]) -> str:
    children = below.get(theme["theme_id"], [])
    inner = "\n".join(_theme(child, below, largest) for child in children) or _topics(largest[theme["theme_id"]])
    keywords = ", ".join(pair["word"] for pair in theme["keywords"][:_KEYWORDS])
    sizes = " · ".join(counted(theme[f"n_{noun}s"], noun) for noun in ("firm", "topic", "sentence"))
    return (
        f"<details{' open' if children else ''}><summary><b>{text(theme['name'])}</b> "
        f'<span class="quiet">{sizes}</span></summary>\n<p>{text(theme["description"])}</p>'
        f'<p class="quiet">{text(keywords)}</p>\n{inner}</details>'
    )


def counted(number: int, noun: str) -> str:
    """1 firm, 1,200 firms."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _topics(topics: list[Row]) -> str:
    return f"<ul>{''.join(_topic(topic) for topic in topics)}</ul>"


def _topic(topic: Row) -> str:
    firm = topic["firm"] or topic["ticker"] or topic["company_id"]
    return (
        f'<li>{text(topic["title"])} <span class="quiet" title="{text(topic["summary"])}">'
        f"{text(firm)} · {counted(topic['n_sentences'], 'sentence')}</span></li>"
    )
