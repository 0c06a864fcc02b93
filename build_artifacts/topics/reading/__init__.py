"""Transcripts of a quarter's calls, read firm by firm: `read_quarter` and the options it takes."""

from build_artifacts.topics.reading.options import TextUnit, TranscriptOptions
from build_artifacts.topics.reading.quarter import QuarterSentences, read_quarter

__all__ = ["QuarterSentences", "TextUnit", "TranscriptOptions", "read_quarter"]
