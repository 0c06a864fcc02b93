"""A firm's sentences into topics."""

from .model import TopicModel
from .options import ClusteringOptions
from .parts import Parts, bertopic, parts_of

__all__ = ["ClusteringOptions", "Parts", "TopicModel", "bertopic", "parts_of"]
