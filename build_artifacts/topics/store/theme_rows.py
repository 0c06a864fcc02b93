"""A run's themes, written as a whole, and the earlier themes that they are compared with."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from leadgen.database.schema import THEME_IDS, Run, Theme, Topic
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, select, text, update

from build_artifacts.database.copying import (
    Columns,
    copy_rows,
    half_vectors,
    json_texts,
    numbers_or_null,
    side_by_side,
    texts,
)
from build_artifacts.database.half_vectors import as_bytes, unpack_half_vectors

from .records import EarlierThemes, NewTheme
from .theme_ids import read_written, restore_times, with_kept_ids


def read_earlier_themes(connection: Connection, run_id: int, dimension: int) -> EarlierThemes | None:
    """Themes of the newest complete run of an earlier quarter, else of this quarter's newest complete run before.

    Only vectors of the same text model can be compared; None where no such run is there.
    """
    this = connection.execute(select(Run.quarter, Run.text_model_sha256).where(Run.id == run_id)).one()
    earlier = connection.scalar(
        select(Run.id)
        .where(Run.status == "complete", Run.text_model_sha256 == this.text_model_sha256, Run.id != run_id)
        .where((Run.quarter < this.quarter) | ((Run.quarter == this.quarter) & (Run.id < run_id)))
        .order_by((Run.quarter < this.quarter).desc(), Run.quarter.desc(), Run.id.desc())
        .limit(1)
    )
    return None if earlier is None else _read_themes(connection, earlier, dimension)


def _read_themes(connection: Connection, run_id: int, dimension: int) -> EarlierThemes:
    themes = connection.execute(
        select(Theme.id, Theme.level, as_bytes(Theme.embedding).label("embedding"))
        .where(Theme.run_id == run_id)
        .order_by(Theme.id)
    ).all()
    return EarlierThemes(
        run_id=run_id,
        ids=np.array([row.id for row in themes], np.int64),
        levels=np.array([row.level for row in themes], np.int32),
        embeddings=unpack_half_vectors([row.embedding for row in themes], dimension),
    )


def write_theme_rows(
    connection: Connection,
    run_id: int,
    themes: Sequence[NewTheme],
    topic_ids: NDArray[np.int64],
    topic_themes: NDArray[np.integer[Any]],
    similarities: NDArray[np.floating[Any]],
) -> list[int]:
    """Replace the run's themes and its topics' places among them; returns the themes' ids, in their order.

    A theme that an earlier attempt wrote keeps its id, which links and later runs refer to, and its time of creation.
    """
    written = read_written(connection, run_id)
    if written and themes:
        themes = with_kept_ids(themes, written)
    connection.execute(update(Topic).where(Topic.run_id == run_id, Topic.theme_id.is_not(None)).values(theme_id=None))
    connection.execute(delete(Theme).where(Theme.run_id == run_id))
    ids = _ids(connection, themes)
    if themes:
        copy_rows(connection, "themes", _columns(run_id, ids, themes))
        restore_times(connection, run_id, written)
    _assign_topics(connection, run_id, topic_ids, np.array([*ids], np.int64)[topic_themes], similarities)
    return ids


def _ids(connection: Connection, themes: Sequence[NewTheme]) -> list[int]:
    """The id of a theme that goes on, a new one for the others."""
    n_new = sum(theme.matched_id is None for theme in themes)
    drawn = select(func.nextval(text(f"'{THEME_IDS.name}'"))).select_from(func.generate_series(1, n_new))
    new = iter(connection.execute(drawn).scalars().all())
    return [next(new) if theme.matched_id is None else theme.matched_id for theme in themes]


def _columns(run_id: int, ids: Sequence[int], themes: Sequence[NewTheme]) -> Columns:
    return {
        "run_id, id, level, n_topics, n_firms, n_sentences": side_by_side(
            len(themes),
            (run_id, "i4"),
            (ids, "i8"),
            ([theme.level for theme in themes], "i4"),
            ([theme.n_topics for theme in themes], "i4"),
            ([theme.n_firms for theme in themes], "i4"),
            ([theme.n_sentences for theme in themes], "i4"),
        ),
        "parent_id": numbers_or_null([None if theme.parent is None else ids[theme.parent] for theme in themes], "i8"),
        "name": texts([theme.summary.title for theme in themes]),
        "description": texts([theme.summary.text for theme in themes]),
        "description_source": texts([theme.summary.source for theme in themes]),
        "representation": json_texts([theme.representation for theme in themes]),
        "embedding": half_vectors(np.stack([theme.embedding for theme in themes])),
        "matched_run_id": numbers_or_null([theme.matched_run_id for theme in themes], "i4"),
        "matched_similarity": numbers_or_null([theme.matched_similarity for theme in themes], "f4"),
    }


def _assign_topics(
    connection: Connection,
    run_id: int,
    topic_ids: NDArray[np.int64],
    theme_ids: NDArray[np.int64],
    similarities: NDArray[np.floating[Any]],
) -> None:
    connection.execute(
        text(
            "UPDATE topics SET theme_id = a.theme_id, theme_similarity = a.similarity FROM unnest("
            "CAST(:topics AS bigint[]), CAST(:themes AS bigint[]), CAST(:similarities AS real[])) "
            "AS a (topic_id, theme_id, similarity) WHERE topics.run_id = :run_id AND topics.id = a.topic_id"
        ),
        {
            "topics": topic_ids.tolist(), "themes": theme_ids.tolist(), "similarities": similarities.tolist(),
            "run_id": run_id,
        },
    )  # fmt: skip
