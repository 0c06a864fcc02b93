"""Topics of all firms into themes, and themes of one run matched with those of an earlier one."""

from .matching import match_themes
from .options import ThemingOptions
from .themes import find_themes
from .tree import Theme, ThemeTree

__all__ = ["Theme", "ThemeTree", "ThemingOptions", "find_themes", "match_themes"]
