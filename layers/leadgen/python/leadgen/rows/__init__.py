"""What is known about each indexed row: its record, id, filterable columns and label, by memory map."""

from .filters import Filter, FilterError
from .store import RowStore

__all__ = ["Filter", "FilterError", "RowStore"]
