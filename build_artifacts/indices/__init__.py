"""Tables in, an artifact bundle out."""

from .build import build_indices
from .options import BuildOptions, TableOptions

__all__ = ["BuildOptions", "TableOptions", "build_indices"]
