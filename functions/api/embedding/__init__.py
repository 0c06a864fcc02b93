"""Embeddings for callers: which models there are, and how their texts share the processor."""
