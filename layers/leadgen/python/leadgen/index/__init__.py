"""Nearest neighbours among L2-normalised vectors, by memory map, with filters that never under-return."""

from .row_filter import RowFilter
from .search_result import BothResults, SearchResult
from .spec import IndexSpec, Kind, PartSpec
from .vector_index import VectorIndex

__all__ = ["BothResults", "IndexSpec", "Kind", "PartSpec", "RowFilter", "SearchResult", "VectorIndex"]
