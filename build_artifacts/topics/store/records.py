"""What the store takes and gives."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from build_artifacts.topics.firm import FirmTopics, TopicSummary


@dataclass(frozen=True, slots=True)
class RunConfiguration:
    """Everything that decides on a run's results, apart from the data itself."""

    quarter: str
    input_path: str
    text_model: str
    text_model_sha256: str
    dimension: int
    language_model: str | None
    parameters: Mapping[str, Any]
    code_version: str

    @property
    def configuration_hash(self) -> str:
        """SHA-256 of all fields as JSON with sorted keys; a run that agrees in it resumes."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that this process may write. `resumed` tells that it is not new, `complete` that it once finished."""

    id: int
    resumed: bool
    complete: bool


@dataclass(frozen=True, slots=True)
class TopicTable:
    """All topics of a run in canonical order, by company id (code points) and local id; t rows throughout."""

    ids: NDArray[np.int64]
    firm_ids: NDArray[np.int64]
    company_ids: list[str]
    n_sentences: NDArray[np.int32]
    titles: list[str]
    summaries: list[str]
    embeddings: NDArray[np.float32]
    """[t, d], of title and summary."""


@dataclass(frozen=True, slots=True)
class PendingFirm:
    """A firm with topics that wait for the language model.

    `topics` are those topics alone, `topic_ids` [k] their ids in the same order. `texts` are only the exemplars that
    the topics were found with; labels, similarities and exemplars are about these.
    """

    company_id: str
    name: str | None
    topic_ids: list[int]
    texts: list[str]
    topics: FirmTopics


@dataclass(frozen=True, slots=True)
class EarlierThemes:
    """Themes of the run that this one's are compared with, m rows."""

    run_id: int
    ids: NDArray[np.int64]
    levels: NDArray[np.int32]
    embeddings: NDArray[np.float32]
    """[m, d]"""


@dataclass(frozen=True, slots=True)
class NewTheme:
    """A theme to be written. `matched_id` is the theme of another run that it continues.

    Without one it keeps the id that an earlier attempt of this run gave it, or gets a new one.
    """

    level: int
    """0 for themes that topics belong to."""
    parent: int | None
    """Row of the broader theme in the list of themes."""
    summary: TopicSummary
    representation: Sequence[tuple[str, float]]
    n_topics: int
    n_firms: int
    n_sentences: int
    embedding: NDArray[np.float32]
    matched_id: int | None = None
    matched_run_id: int | None = None
    matched_similarity: float | None = None


FirmStatus = Literal["done", "failed"]
