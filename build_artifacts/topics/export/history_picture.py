"""Themes over the quarters as a picture; with one quarter, how large its themes are."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from build_artifacts.topics.export.colours import darker, theme_colours
from build_artifacts.topics.export.history import History, ThemeLine
from build_artifacts.topics.export.picture import INK, QUIET, new_figure, save

_LINES, _CHANGES, _BARS = 12, 8, 25
_GROWN, _SHRUNK = "#59a14f", "#e15759"


def history_picture(history: History, title: str, subtitle: str, path: Path) -> None:
    """Write the PNG: the largest themes as lines and the greatest changes as bars, or bars of one quarter."""
    figure = new_figure(15, 9, title, subtitle)
    if not history.largest:
        figure.text(0.5, 0.5, "This run has no themes", ha="center", color=QUIET, fontsize=14)
    elif len(history.quarters) == 1:
        _draw_sizes(figure.add_axes((0.32, 0.07, 0.64, 0.80)), history.largest[:_BARS])
    else:
        _draw_lines(figure.add_axes((0.05, 0.07, 0.34, 0.76)), history)
        _draw_changes(figure.add_axes((0.82, 0.07, 0.16, 0.76)), history)
    save(figure, path)


def _draw_sizes(axes: Axes, themes: Sequence[ThemeLine]) -> None:
    rows = np.arange(len(themes))
    axes.barh(rows - 0.2, [line.firms[-1] for line in themes], 0.4, color="#4e79a7", label="of the firms")
    axes.barh(rows + 0.2, [line.sentences[-1] for line in themes], 0.4, color="#f28e2b", label="of the sentences")
    axes.set_yticks(rows, [_name(line, 48) for line in themes], parse_math=False)
    axes.set_ylim(max(len(themes), 8) - 0.4, -0.6)
    axes.legend(loc="lower right", frameon=False)
    _tidy(axes, "x")


def _draw_lines(axes: Axes, history: History) -> None:
    themes = history.largest[:_LINES]
    quarters = np.arange(len(history.quarters))
    for line, colour in zip(themes, theme_colours(len(themes)), strict=True):
        axes.plot(quarters, line.firms, color=colour, linewidth=2.2, marker="o", markersize=4)
    axes.set_xticks(quarters, history.quarters, rotation=45 if len(quarters) > 6 else 0)
    axes.set_xlim(-0.05 * len(quarters), len(quarters) - 0.95)
    axes.set_ylim(bottom=0)
    axes.set_title("The largest themes, share of the firms", loc="left", fontsize=11.5, color=INK, pad=12)
    _tidy(axes, "y")
    _name_lines(axes, themes)


def _name_lines(axes: Axes, themes: Sequence[ThemeLine]) -> None:
    """Names to the right of the lines' ends, moved apart, in the lines' order."""
    top = axes.get_ylim()[1]
    ends = [line.firms[-1] for line in themes]
    heights = spread(ends, top / 24, top)
    for line, end, height, colour in zip(themes, ends, heights, theme_colours(len(themes)), strict=True):
        axes.annotate(
            f"{_name(line, 40)}  {end:.0%}", (len(line.firms) - 1, end), (1.05, height), fontsize=9.5, va="center",
            textcoords=axes.get_yaxis_transform(), color=darker(colour), parse_math=False, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.8, "shrinkA": 2, "relpos": (0, 0.5)},
        )  # fmt: skip


def spread(values: Sequence[float], gap: float, top: float) -> list[float]:
    """Descending `values`, moved to lie at least `gap` apart and, where all find room, between 0 and `top`."""
    heights: list[float] = []
    for value in values:
        heights.append(min(value, heights[-1] - gap if heights else top))
    floor = 0.0
    for row in range(len(heights) - 1, -1, -1):
        heights[row] = max(heights[row], floor)
        floor = heights[row] + gap
    return heights


def _draw_changes(axes: Axes, history: History) -> None:
    themes = history.most_changed(_CHANGES)
    changes = [100 * line.change for line in themes]
    axes.barh(range(len(themes)), changes, color=[_GROWN if change > 0 else _SHRUNK for change in changes], height=0.7)
    axes.set_yticks(range(len(themes)), [_name(line, 36) for line in themes], parse_math=False)
    axes.set_ylim(max(len(themes), 8) - 0.4, -0.6)
    axes.axvline(0, color=QUIET, linewidth=0.8)
    before, last = history.quarters[-2:]
    axes.set_title(
        f"Greatest changes, {before} to {last}, points of share", loc="right", fontsize=11.5, color=INK, pad=12
    )
    _tidy(axes, "x")
    axes.xaxis.set_major_formatter("{x:+.0f}" if max(map(abs, changes), default=0) > 3 else "{x:+.1f}")


def _name(line: ThemeLine, width: int) -> str:
    return textwrap.shorten(line.name, width, placeholder=" …")


def _tidy(axes: Axes, values: Literal["x", "y"]) -> None:
    """Light lines behind the data, shares as per cent."""
    axis = axes.xaxis if values == "x" else axes.yaxis
    axis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid(axis=values, color="#e2e5e8")
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=9.5, colors=INK)
