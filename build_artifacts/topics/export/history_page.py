"""Themes over the quarters as a page: a table of all, sorted and searched, and lines of the chosen ones."""

from build_artifacts.topics.export.colours import darker, theme_colours
from build_artifacts.topics.export.history import History
from build_artifacts.topics.export.page import page, text

_PLACES = 5
_SHOWN = 8
_BODY = """<div class="report"><h1>{title}</h1><p class="quiet">{subtitle}</p>
<div class="tools"><input type="search" placeholder="Theme" aria-label="Search">
<select aria-label="Measure"><option value="firms">Share of firms</option>
<option value="sentences">Share of sentences</option></select>
<span class="quiet">{hint}</span></div>
<svg hidden></svg><table><thead></thead><tbody></tbody></table></div>"""
_HINT = "A click on a theme draws or removes its line."


def history_page(history: History, title: str, subtitle: str) -> str:
    """The page as HTML; the largest themes and those that changed most are drawn at first."""
    shown = {line.theme_id for line in (*history.largest[:_SHOWN], *history.most_changed(2))}
    colours = theme_colours(len(history.themes))
    themes = [
        {
            "name": line.name,
            "colour": colour,
            "ink": darker(colour),
            "shown": line.theme_id in shown,
            "firms": [round(share, _PLACES) for share in line.firms],
            "sentences": [round(share, _PLACES) for share in line.sentences],
        }
        for line, colour in zip(history.themes, colours, strict=True)
    ]
    hint = _HINT if len(history.quarters) > 1 else ""
    body = _BODY.format(title=text(title), subtitle=text(subtitle), hint=hint)
    return page(title, body, "history.js", {"quarters": history.quarters, "themes": themes})
