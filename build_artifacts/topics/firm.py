"""What passes between the steps of a run: a firm's sentences, and the topics found in them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SpeakerType = Literal["operator", "executive", "analyst", "other"]
KeptOut = Literal["empty", "boilerplate", "repeated", "foreign"]


@dataclass(frozen=True, slots=True)
class FirmSentences:
    """All sentences of a firm in one quarter, in the order they were said; the lists are parallel."""

    company_id: str
    ticker: str | None
    name: str | None
    texts: list[str]
    documents: list[str | None]
    speaker_types: list[SpeakerType | None]
    kept_out: list[KeptOut | None]
    input_hash: str

    @property
    def clustered(self) -> list[int]:
        """Positions of the sentences that take part in clustering."""
        return [position for position, reason in enumerate(self.kept_out) if reason is None]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of one firm. `exemplars` are rows of the texts it was fitted on, the most central first."""

    local_id: int
    n_sentences: int
    keywords: tuple[tuple[str, float], ...]
    exemplars: tuple[int, ...]
    centroid: NDArray[np.float32]
    """Unit length, [d]."""


@dataclass(frozen=True, slots=True)
class FirmTopics:
    """Topics of one firm, the largest first, and each text's topic."""

    topics: tuple[Topic, ...]
    labels: NDArray[np.int32]
    """[n], the topic's `local_id`; every text has one."""
    similarities: NDArray[np.float32]
    """[n], cosine with the topic's centroid; low for an outlier."""


@dataclass(frozen=True, slots=True)
class TopicSummary:
    """What a topic, or a theme, is about. `pending` is an extractive summary that waits for the language model."""

    title: str
    text: str
    source: Literal["llm", "extractive", "pending"]
