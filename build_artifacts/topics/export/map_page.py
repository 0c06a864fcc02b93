"""The map of topics as a page: hover, zoom, search, and a legend of all themes."""

from typing import Any

from build_artifacts.topics.export.colours import darker, theme_colours
from build_artifacts.topics.export.page import page, text
from build_artifacts.topics.export.topic_map import TopicMap

_KEYWORDS = 8
_LONGEST_SUMMARY = 400
_PLACES = 4
"""Decimals of a position: a hundredth of a pixel at no zoom."""
_BODY = """<div class="map">
<main><canvas></canvas><div class="tip" hidden></div>
<div class="zoom"><button id="in" title="Closer">+</button><button id="out" title="Further">−</button>
<button id="whole">Whole map</button></div></main>
<aside><div><h1>{title}</h1><p class="quiet">{subtitle}</p></div>
<input type="search" placeholder="Theme, firm, title or keyword" aria-label="Search">
<div><span class="found quiet"></span> · <button id="clear" class="plain">Show all</button></div>
<div class="legend"></div></aside>
</div>"""


def map_page(topic_map: TopicMap, title: str, subtitle: str) -> str:
    """The page as HTML; about 500 bytes a topic."""
    body = _BODY.format(title=text(title), subtitle=text(subtitle))
    return page(title, body, "map.js", _data(topic_map))


def _data(topic_map: TopicMap) -> dict[str, Any]:
    names = dict.fromkeys(topic_map.firms)
    rows = {name: row for row, name in enumerate(names)}
    themes = zip(topic_map.themes, theme_colours(len(topic_map.themes)), strict=True)
    positions = topic_map.positions.round(_PLACES).astype(float)
    return {
        "themes": [{"name": name, "colour": colour, "ink": darker(colour)} for name, colour in themes],
        "firms": list(names),
        "topics": {
            "x": [round(value, _PLACES) for value in positions[:, 0].tolist()],
            "y": [round(value, _PLACES) for value in positions[:, 1].tolist()],
            "theme": topic_map.theme_rows.tolist(),
            "firm": [rows[name] for name in topic_map.firms],
            "n_sentences": topic_map.n_sentences,
            "title": topic_map.titles,
            "summary": [_short(summary) for summary in topic_map.summaries],
            "keywords": [", ".join(words[:_KEYWORDS]) for words in topic_map.keywords],
        },
    }


def _short(summary: str) -> str:
    return summary if len(summary) <= _LONGEST_SUMMARY else summary[: _LONGEST_SUMMARY - 1].rstrip() + "…"
