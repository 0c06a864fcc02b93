"""Are the new tables the kind of tables that the bundle in service was built from?"""

from collections.abc import Iterator

import numpy as np
from leadgen.bundle import TableManifest
from leadgen.customers import LeadScorer, Scores
from leadgen.engine import Engine
from numpy.typing import NDArray

from .gate_settings import GateSettings
from .noise import share_error
from .report import Check

LABELLED = 5_000
"""Known customers whose labels are compared."""


def drift_checks(new: Engine, old: Engine, settings: GateSettings) -> Iterator[Check]:
    """Row counts, rejected rows, the share of high-value customers, and labels of customers that both know."""
    for name in ("customers", "companies"):
        before: TableManifest | None = getattr(old.manifest, name)
        after: TableManifest | None = getattr(new.manifest, name)
        if before is not None:
            yield from _rows(name, before, after, settings)
        if before is not None and after is not None:
            yield _rejected(name, before, after, settings)
    if new.scorer and old.scorer:
        yield _high_value(new.scorer, old.scorer, settings)
        yield _labels(new.scorer, old.scorer, settings)


def _rows(name: str, old: TableManifest, new: TableManifest | None, settings: GateSettings) -> Iterator[Check]:
    rows = new.rows if new else 0
    change = rows / old.rows - 1
    message = f"{name} had {old.rows} usable rows, now {rows}"
    yield Check.at_most(f"{name}.rows_drop", max(-change, 0.0), settings.rows_drop, message)
    yield Check.at_most(f"{name}.rows_rise", max(change, 0.0), settings.rows_rise, message)


def _rejected(name: str, old: TableManifest, new: TableManifest, settings: GateSettings) -> Check:
    before, after = _rejected_share(old), _rejected_share(new)
    return Check.at_most(
        f"{name}.rejected_rise",
        after - before,
        settings.rejected_rise,
        f"{before:.1%} of the rows of {name} could not be used, now {after:.1%}",
    )


def _rejected_share(table: TableManifest) -> float:
    rejected = sum(table.rejected.values())
    return rejected / (rejected + table.rows)


def _high_value(new: LeadScorer, old: LeadScorer, settings: GateSettings) -> Check:
    before, after = old.base_rate, new.base_rate
    tolerance = settings.high_value_change * min(before, 1 - before)
    return Check.at_most(
        "customers.high_value_change",
        abs(after - before),
        tolerance + 2 * share_error(before, old.manifest.rows),
        f"{before:.1%} of the customers were high value, now {after:.1%}",
    )


def _labels(new: LeadScorer, old: LeadScorer, settings: GateSettings) -> Check:
    """The worse of two shares: high-value customers that still are, and others that still are not."""
    name = "customers.label_agreement"
    was, is_now = _common_labels(new, old)
    kinds = [("high value", was), ("not high value", ~was)]
    judged = [(kind, float((is_now[rows] == was[rows]).mean()), int(rows.sum())) for kind, rows in kinds if rows.any()]
    if not judged:
        return Check.skipped(name, "no customer is in both bundles")
    kind, value, rows = min(judged, key=lambda entry: entry[1])
    return Check.at_least(
        name,
        value,
        settings.label_agreement - 2 * share_error(settings.label_agreement, rows),
        f"of {rows} known customers that were {kind}, {value:.1%} still are",
    )


def _common_labels(new: LeadScorer, old: LeadScorer) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Labels in the old and in the new bundle of customers that both hold, bool [m] each."""
    sampled = np.random.default_rng(0).permutation(old.manifest.rows)[:LABELLED].tolist()
    ids = [str(record[old.manifest.id_column]) for record in old.rows.records(sampled)]
    pairs = [(row, found) for row, name in zip(sampled, ids, strict=True) if (found := new.rows.find(name)) is not None]
    before, after = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return _labels_of(old)[before], _labels_of(new)[after]


def _labels_of(scorer: LeadScorer) -> NDArray[np.bool_]:
    # A scorer does not open without labels.
    assert scorer.rows.labels is not None
    return scorer.rows.labels


def novelty_checks(scores: list[Scores], settings: GateSettings) -> Iterator[Check]:
    """Rows of the new table, as leads of the bundle in service: p-values of rows like the old ones are uniform."""
    p = np.sort([score.novelty_p_value for score in scores])
    n = len(p)
    share = float((p <= 0.05).mean())
    yield Check.at_most(
        "customers.novel_share",
        share,
        settings.novel_share + 2 * share_error(settings.novel_share, n),
        f"{share:.1%} of {n} rows are as unlike the customers in service as 5% of those are",
    )
    distance = max(float((np.arange(1, n + 1) / n - p).max()), float((p - np.arange(n) / n).max()))
    yield Check.at_most(
        "customers.novelty_distance",
        distance,
        # 1.36 / √n is the 95 % point of the distance under chance: Massey, JASA 46 (1951).
        settings.novelty_distance + 1.36 / np.sqrt(n),
        f"the novelty p-values of {n} rows are {distance:.2f} away from uniform",
    )
