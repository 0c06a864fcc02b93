"""From a row of a table to one vector: neural text, lexical text and tabular blocks, their weights and projection."""

from .columns import ColumnPlan, Row
from .embedding import embed_passages
from .lexical import LexicalTransform
from .space import EncodedRows, VectorSpace
from .tabular import CategoryColumn, NumberColumn, TabularTransform

__all__ = [
    "CategoryColumn",
    "ColumnPlan",
    "EncodedRows",
    "LexicalTransform",
    "NumberColumn",
    "Row",
    "TabularTransform",
    "VectorSpace",
    "embed_passages",
]
