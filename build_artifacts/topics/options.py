"""What a run is told."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from build_artifacts.llm import LanguageModelOptions
from build_artifacts.topics.clustering import ClusteringOptions
from build_artifacts.topics.reading import TranscriptOptions
from build_artifacts.topics.theming import ThemingOptions


@dataclass(frozen=True, slots=True)
class TopicsOptions:
    """One run over one quarter. `language_model` is None where summaries are to be extractive."""

    quarter: str
    transcripts: TranscriptOptions
    database: str
    text_model: str
    device: Literal["auto", "cpu", "cuda"]
    cache: Path
    clustering: ClusteringOptions
    theming: ThemingOptions
    language_model: LanguageModelOptions | None
    processes: int
    threads: int
    max_failed_share: float
