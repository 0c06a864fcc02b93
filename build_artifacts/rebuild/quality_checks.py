"""Is the new bundle good in itself, and no worse than the one in service? From the manifests and the indexes."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from leadgen.bundle import TableManifest
from leadgen.engine import Engine
from leadgen.index import VectorIndex
from numpy.typing import NDArray

from .gate_settings import GateSettings
from .noise import auc_error, share_error
from .report import Check

NEIGHBORS = 20
_QUERIES = 200
_CHUNK = 65_536
# Equal similarities are equally good neighbours.
_TIE = 1e-4


def quality_checks(new: Engine, old: Engine | None, settings: GateSettings) -> Iterator[Check]:
    """AUC of the scorer, recall of every index, precision of the learned similarity."""
    before = old.manifest if old else None
    if new.manifest.customers:
        yield from _auc(new.manifest.customers, before.customers if before else None, settings)
    yield from _recalls(new, settings)
    if new.manifest.companies and before and before.companies:
        yield _precision(new.manifest.companies, before.companies, settings)


def _auc(new: TableManifest, old: TableManifest | None, settings: GateSettings) -> Iterator[Check]:
    value, noise = _scorer_auc(new.quality)
    yield Check.at_least(
        "customers.auc",
        value,
        settings.min_auc - 2 * noise if settings.min_auc else 0.0,
        f"the scorer puts a high-value customer before another with a chance of {value:.2f}; 0.50 is a guess",
    )
    if old is not None:
        before, _ = _scorer_auc(old.quality)
        yield Check.at_most(
            "customers.auc_drop",
            before - value,
            settings.auc_drop + 2 * noise,
            f"the scorer's AUC was {before:.3f} and is {value:.3f}",
        )


def _scorer_auc(quality: dict[str, Any]) -> tuple[float, float]:
    """The chosen scorer's out-of-fold AUC and its standard error; .5 where a build could not measure one."""
    value = quality["auc"][quality["scorer"]]
    positives = quality["high_value_rows"]
    auc = 0.5 if value is None else float(value)
    return auc, auc_error(auc, positives, quality["judged_rows"] - positives)


def _recalls(new: Engine, settings: GateSettings) -> Iterator[Check]:
    indexes = {} if new.scorer is None else {"customers": new.scorer.index}
    if new.finder is not None:
        indexes |= {f"companies.{name}": index for name, (_, index) in new.finder.spaces.items()}
    for name, index in indexes.items():
        value = measured_recall(index)
        yield Check.at_least(
            f"{name}.recall",
            value,
            settings.min_recall,
            f"the index finds {value:.1%} of the {NEIGHBORS} truly nearest rows",
        )


def measured_recall(index: VectorIndex) -> float:
    """Share of the 20 nearest rows by exact search that the index finds, over 200 of its own rows."""
    rng = np.random.default_rng(0)
    queries = index.vectors(np.sort(rng.permutation(index.size)[:_QUERIES]))
    k = min(NEIGHBORS, index.size)
    best: NDArray[np.float32] = np.full((len(queries), 0), -np.inf, dtype=np.float32)
    for start in range(0, index.size, _CHUNK):
        stored = index.vectors(np.arange(start, min(start + _CHUNK, index.size)))
        seen = np.concatenate([best, queries @ stored.T], axis=1)
        best = -np.partition(-seen, min(k, seen.shape[1]) - 1, axis=1)[:, :k]
    found = index.search(queries, k).similarities
    return float(np.mean(found >= best.min(axis=1, keepdims=True) - _TIE))


def _precision(new: TableManifest, old: TableManifest, settings: GateSettings) -> Check:
    name = "companies.precision_drop"
    measured, before = _default_precision(new), _default_precision(old)
    if measured is None or before is None or new.quality["similar_by"] != old.quality["similar_by"]:
        return Check.skipped(name, "the two bundles did not learn similarity from the same column")
    noise = share_error(measured, int(new.quality["judged_rows"]))
    return Check.at_most(
        name,
        before - measured,
        settings.precision_drop + 2 * noise,
        f"of the 10 nearest companies {before:.1%} shared the {new.quality['similar_by']}, now {measured:.1%}",
    )


def _default_precision(table: TableManifest) -> float | None:
    if not table.quality:
        return None
    judged = table.quality["general" if table.default_space == "general" else "learned"]
    return float(judged["precision@10"])
