"""Text to embeddings: one protocol, an ONNX runtime for neural models, a hashing model for offline use.

Importing this package loads neither onnxruntime nor tokenizers; `load_text_model` does, when it needs them.
"""

from leadgen.text.hashing import HashingTextModel, hashing_spec
from leadgen.text.loading import load_text_model
from leadgen.text.model import (
    Encoded,
    NeuralTextModel,
    Pieces,
    TextKind,
    TextModel,
    Tokenised,
    TooLongError,
    Truncate,
)
from leadgen.text.spec import TextModelSpec

__all__ = [
    "Encoded",
    "HashingTextModel",
    "NeuralTextModel",
    "Pieces",
    "TextKind",
    "TextModel",
    "TextModelSpec",
    "Tokenised",
    "TooLongError",
    "Truncate",
    "hashing_spec",
    "load_text_model",
]
