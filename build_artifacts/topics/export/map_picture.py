"""The map of topics as a picture, its largest themes named."""

import textwrap
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.text import Text
from numpy.typing import NDArray

from build_artifacts.topics.export.colours import darker, theme_colours
from build_artifacts.topics.export.label_places import place_labels
from build_artifacts.topics.export.picture import QUIET, new_figure, save
from build_artifacts.topics.export.topic_map import TopicMap

_NAMED = 20
_LINE_WIDTH = 22
_PADDING = 6.0
"""Pixels between labels."""


def map_picture(topic_map: TopicMap, title: str, subtitle: str, path: Path) -> None:
    """Write the PNG, 2100 x 1650 pixels."""
    figure = new_figure(14, 11, title, subtitle)
    axes = figure.add_axes((0.02, 0.02, 0.96, 0.88))
    axes.set_axis_off()
    axes.set(xlim=(-0.09, 1.09), ylim=(-0.03, 1.03))
    _draw_topics(axes, topic_map)
    _draw_names(axes, topic_map)
    if not len(topic_map.positions):
        axes.text(0.5, 0.5, "This run has no topics", ha="center", color=QUIET, fontsize=14)
    save(figure, path)


def _draw_topics(axes: Axes, topic_map: TopicMap) -> None:
    colours = np.array(theme_colours(len(topic_map.themes)) or ["none"])
    size = float(np.clip(60_000 / max(len(topic_map.theme_rows), 1), 4, 60))
    named = topic_map.theme_rows < _NAMED
    for rows, alpha in ((np.flatnonzero(~named), 0.4), (np.flatnonzero(named), 0.8)):
        x, y = topic_map.positions[rows].T
        axes.scatter(x, y, s=size, c=colours[topic_map.theme_rows[rows]], alpha=alpha, linewidths=0)


def _draw_names(axes: Axes, topic_map: TopicMap) -> None:
    count = min(_NAMED, len(topic_map.themes))
    middles = [_middle(topic_map.positions[topic_map.theme_rows == theme]) for theme in range(count)]
    colours = theme_colours(count)
    texts = [
        axes.text(
            x, y, "\n".join(textwrap.wrap(name, _LINE_WIDTH, max_lines=3, placeholder=" …")), fontsize=10.5,
            weight="bold", color=darker(colour), ha="center", va="center", linespacing=1.05, parse_math=False,
            path_effects=[patheffects.withStroke(linewidth=3.5, foreground="white")], zorder=4,
        )
        for (x, y), name, colour in zip(middles, topic_map.themes, colours, strict=False)
    ]  # fmt: skip
    _move_apart(axes, texts)


def _middle(positions: NDArray[np.float32]) -> NDArray[np.float32]:
    """The one of [n, 2] that is nearest to the median: a theme in two places is named in one of them."""
    distances = np.linalg.norm(positions - np.median(positions, axis=0), axis=1)
    return np.asarray(positions[int(distances.argmin())], np.float32)


def _move_apart(axes: Axes, texts: list[Text]) -> None:
    """Move labels that would cover one another, with a line to where they belong."""
    to_pixels, to_data = axes.transData, axes.transData.inverted()
    anchors = to_pixels.transform([text.get_position() for text in texts] or np.empty((0, 2)))
    places = place_labels(anchors, np.array([_size(text) for text in texts]).reshape(-1, 2))
    for text, anchor, place in zip(texts, anchors, places, strict=True):
        if np.isnan(place[0]):
            text.remove()
            continue
        text.set_position(tuple(to_data.transform(place)))
        if np.abs(place - anchor).max() > _PADDING:
            ends = to_data.transform(np.stack([anchor, place]))
            axes.plot(*ends.T, color=text.get_color(), linewidth=0.9, alpha=0.7, zorder=3)


def _size(text: Text) -> NDArray[np.floating[Any]]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        box = text.get_window_extent()
    return np.array([box.width, box.height]) + _PADDING
