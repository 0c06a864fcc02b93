"""What the map shows: topics with their places, and themes, the largest first."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from build_artifacts.topics.export.layout import lay_out
from build_artifacts.topics.export.vector_columns import vectors
from build_artifacts.topics.theming.centring import without_firm

NO_THEME = "No theme"


@dataclass(frozen=True, slots=True)
class TopicMap:
    """t topics in themes, which are named once each and sorted by their number of topics; t rows throughout."""

    positions: NDArray[np.float32]
    """[t, 2], between 0 and 1."""
    theme_rows: NDArray[np.int32]
    """[t], rows of `themes`."""
    themes: list[str]
    firms: list[str]
    titles: list[str]
    summaries: list[str]
    keywords: list[list[str]]
    n_sentences: list[int]


def map_topics(topics: pa.Table) -> TopicMap:
    """Lay out the exported table of topics, with its embeddings."""
    columns: dict[str, list[Any]] = topics.drop_columns(["embedding", "centroid"]).to_pydict()
    names = dict(zip(columns["theme_id"], columns["theme"], strict=True))
    ordered = sorted(Counter(columns["theme_id"]).items(), key=lambda item: (item[0] is None, -item[1], item[0]))
    rows = {theme_id: row for row, (theme_id, _) in enumerate(ordered)}
    theme_rows = np.array([rows[theme_id] for theme_id in columns["theme_id"]], np.int32)
    return TopicMap(
        positions=lay_out(_subjects(topics), theme_rows),
        theme_rows=theme_rows,
        themes=[names[theme_id] or NO_THEME for theme_id in rows],
        firms=[
            name or ticker or company
            for name, ticker, company in zip(columns["firm"], columns["ticker"], columns["company_id"], strict=True)
        ],
        titles=columns["title"],
        summaries=columns["summary"],
        keywords=[[pair["word"] for pair in pairs] for pairs in columns["keywords"]],
        n_sentences=columns["n_sentences"],
    )


def _subjects(topics: pa.Table) -> NDArray[np.float32]:
    """The vectors [t, d] that themes are made of, so that the map agrees with them."""
    firms = [str(company) for company in topics["company_id"].to_pylist()]
    return without_firm(vectors(topics["embedding"]), firms, topics["n_sentences"].to_numpy())
