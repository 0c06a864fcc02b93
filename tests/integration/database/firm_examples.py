"""Firms as the steps before hand them on, all numbers drawn from the company's id."""

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from build_artifacts.topics.firm import FirmSentences, FirmTopics, Topic, TopicSummary
from build_artifacts.topics.store import RunConfiguration, RunStore

DIMENSION = 8
KEYWORDS = (("growth", 0.5), ("margin", 0.25))
SPEAKERS = ("executive", "analyst", None)


@dataclass(frozen=True)
class ExampleFirm:
    """A firm, and what its sentences became."""

    firm: FirmSentences
    topics: FirmTopics
    summaries: list[TopicSummary]
    embeddings: NDArray[np.float32]
    topic_embeddings: NDArray[np.float32]

    def write(self, store: RunStore, run_id: int) -> None:
        store.write_firm(run_id, self.firm, self.topics, self.summaries, self.embeddings, self.topic_embeddings)


def configuration(quarter: str = "2021Q3", dimension: int = DIMENSION, **changes: Any) -> RunConfiguration:
    values = {
        "quarter": quarter, "input_path": "calls.parquet", "text_model": "hashing", "text_model_sha256": "ab" * 32,
        "dimension": dimension, "language_model": None, "parameters": {"seed": 7}, "code_version": "0.1.0",
    }  # fmt: skip
    return RunConfiguration(**(values | changes))


def unit(rows: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def example(
    company_id: str,
    n: int = 20,
    n_topics: int = 3,
    source: Any = "extractive",
    dimension: int = DIMENSION,
    edition: int = 0,
) -> ExampleFirm:
    """A firm with n sentences, every fifth kept out; another `edition` has other sentences."""
    generator = np.random.default_rng(zlib.crc32(f"{company_id} {edition}".encode()))
    kept_out: list[Any] = ["boilerplate" if position % 5 == 4 else None for position in range(n)]
    clustered = [position for position in range(n) if kept_out[position] is None]
    labels = np.arange(len(clustered), dtype=np.int32) % max(n_topics, 1)
    n_topics = min(n_topics, len(clustered))
    embeddings = unit(generator.standard_normal((len(clustered), dimension)))
    centroids = [unit(embeddings[labels == label].mean(axis=0)) for label in range(n_topics)]
    return ExampleFirm(
        firm=FirmSentences(
            company_id=company_id, ticker=company_id.upper(), name=f"{company_id} Inc.",
            texts=[f"{company_id} said sentence {position} of edition {edition}." for position in range(n)],
            documents=["call-1"] * n, speaker_types=[SPEAKERS[position % 3] for position in range(n)],
            kept_out=kept_out, input_hash=f"{company_id}-{edition}",
        ),
        topics=FirmTopics(
            topics=tuple(
                Topic(label, int((labels == label).sum()), KEYWORDS, (label,), centroids[label])
                for label in range(n_topics)
            ),
            labels=labels,
            similarities=np.array([embeddings[row] @ centroids[label] for row, label in enumerate(labels)], np.float32),
        ),
        summaries=[TopicSummary(f"Topic {label}", f"About {label}.", source) for label in range(n_topics)],
        embeddings=embeddings,
        topic_embeddings=unit(generator.standard_normal((n_topics, dimension))),
    )  # fmt: skip
