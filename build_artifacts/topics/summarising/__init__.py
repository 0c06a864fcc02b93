"""Titles and summaries of topics, names and descriptions of themes."""

from build_artifacts.topics.summarising.estimate import TOPICS_PER_FIRM, Estimate, estimate
from build_artifacts.topics.summarising.extractive import extractive_summary
from build_artifacts.topics.summarising.themes import ThemeMaterial, describe_themes
from build_artifacts.topics.summarising.topics import TopicMaterial, summarise_firm, summarise_topics

__all__ = [
    "TOPICS_PER_FIRM",
    "Estimate",
    "ThemeMaterial",
    "TopicMaterial",
    "describe_themes",
    "estimate",
    "extractive_summary",
    "summarise_firm",
    "summarise_topics",
]
