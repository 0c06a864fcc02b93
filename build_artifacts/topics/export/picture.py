"""Figures as PNG files, without a display and without state between figures."""

import warnings
from pathlib import Path

from matplotlib.figure import Figure

INK, QUIET = "#22262b", "#697077"


def new_figure(width: float, height: float, title: str, subtitle: str) -> Figure:
    """An empty figure, in inches, headed by two lines; a dollar sign in them is a dollar sign."""
    figure = Figure(figsize=(width, height), dpi=150, facecolor="white")
    above = 0.3 / height
    figure.text(0.02, 1 - above, title, fontsize=17, weight="bold", color=INK, va="top", parse_math=False)
    figure.text(0.02, 1 - above - 0.38 / height, subtitle, fontsize=10.5, color=QUIET, va="top", parse_math=False)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write the PNG; a letter that the font lacks becomes a box."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(path, format="png")
