"""Colours of themes."""

import colorsys

# The strong half of Tableau's twenty, then the pale half.
_DISTINCT = (
    "#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#b07aa1", "#76b7b2", "#9c755f", "#d37295", "#b6992d", "#499894",
    "#1f4e8c", "#a0cbe8", "#ffbe7d", "#8cd17d", "#ff9d9a", "#d4a6c8", "#86bcb6", "#d7b5a6", "#fabfd2", "#e5c94b",
)  # fmt: skip
_GOLDEN_ANGLE = 0.381966


def theme_colours(count: int) -> list[str]:
    """Colours as #rrggbb: the first ones are easy to tell apart, later ones only from most."""
    return [*_DISTINCT[:count], *(_wheel(number) for number in range(count - len(_DISTINCT)))]


def darker(colour: str, share: float = 0.55) -> str:
    """A colour for text on white."""
    parts = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return "#" + "".join(f"{round(part * share):02x}" for part in parts)


def _wheel(number: int) -> str:
    lightness = (0.45, 0.6, 0.7)[number % 3]
    red, green, blue = colorsys.hls_to_rgb(number * _GOLDEN_ANGLE % 1, lightness, 0.5)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
