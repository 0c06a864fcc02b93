"""Ids of a run's themes that stay as they are when the themes are written again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from leadgen.database.schema import Theme
from sqlalchemy import Connection, Row, select, text

from build_artifacts.database.half_vectors import as_bytes, unpack_half_vectors

from .records import NewTheme

Written = Sequence[Row[*tuple[Any, ...]]]


def read_written(connection: Connection, run_id: int) -> Written:
    """The themes that an earlier attempt wrote."""
    columns = (Theme.id, Theme.level, Theme.created_at, Theme.matched_run_id, Theme.matched_similarity)
    query = select(*columns, as_bytes(Theme.embedding).label("embedding"))
    return connection.execute(query.where(Theme.run_id == run_id).order_by(Theme.id)).all()


def with_kept_ids(themes: Sequence[NewTheme], written: Written) -> list[NewTheme]:
    """The themes; those that continue no other run's theme continue the run's own of an earlier attempt.

    Which one that is, the rule between runs decides (see `match_themes`). What the theme then took over from another
    run it keeps.
    """
    # Only where it is needed: it brings the libraries of clustering, which take seconds to import.
    from build_artifacts.topics.theming import match_themes

    current = np.stack([theme.embedding for theme in themes])
    own = unpack_half_vectors([row.embedding for row in written], current.shape[1])
    found = match_themes(own, current, [row.level for row in written], [theme.level for theme in themes])
    taken = {theme.matched_id for theme in themes}
    kept = {place: written[row] for place, (row, _) in found.items() if written[row].id not in taken}
    return [
        _continuing(theme, kept[place]) if theme.matched_id is None and place in kept else theme
        for place, theme in enumerate(themes)
    ]


def restore_times(connection: Connection, run_id: int, written: Written) -> None:
    """The times at which themes that are there again were created."""
    ids: list[int] = [row.id for row in written]
    times: list[datetime] = [row.created_at for row in written]
    connection.execute(
        text(
            "UPDATE themes SET created_at = w.created_at FROM unnest(CAST(:ids AS bigint[]), "
            "CAST(:times AS timestamptz[])) AS w (id, created_at) WHERE themes.run_id = :run_id AND themes.id = w.id"
        ),
        {"ids": ids, "times": times, "run_id": run_id},
    )


def _continuing(theme: NewTheme, own: Row[Any]) -> NewTheme:
    return replace(
        theme,
        matched_id=own.id,
        matched_run_id=own.matched_run_id,
        matched_similarity=own.matched_similarity,
    )
