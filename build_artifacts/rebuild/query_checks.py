"""Do both bundles answer the same requests alike?"""

from collections.abc import Iterator, Sequence

import numpy as np
from leadgen.companies import CompanyFinder, QueryError, SimilarQuery
from leadgen.customers import Scores
from leadgen.features import Row
from scipy.stats import spearmanr

from .gate_settings import GateSettings
from .report import Check

NEIGHBORS = 10


def score_checks(new: Sequence[Scores], old: Sequence[Scores], settings: GateSettings) -> Iterator[Check]:
    """The order that probabilities put the requests in, and the customers named as their neighbours."""
    yield _rank_correlation([s.probability for s in new], [s.probability for s in old], settings)
    named = [
        ({n.customer_id for n in a.neighbors}, {n.customer_id for n in b.neighbors})
        for a, b in zip(new, old, strict=True)
    ]
    yield _overlap("customers", named, settings)


def company_checks(
    new: CompanyFinder, old: CompanyFinder, rows: Sequence[Row], id_column: str, settings: GateSettings
) -> Iterator[Check]:
    """The companies that both name as similar to the same descriptions."""
    named = []
    for row in rows:
        try:
            named.append((_similar(new, row, id_column), _similar(old, row, id_column)))
        except QueryError:
            # A row without a word that one of the bundles knows is no request.
            continue
    if named:
        yield _overlap("companies", named, settings)
    else:
        yield Check.skipped("companies.neighbor_overlap", "no row says anything that both bundles know")


def _similar(finder: CompanyFinder, row: Row, id_column: str) -> set[str]:
    found = finder.similar(SimilarQuery(row=row, n=NEIGHBORS + 1, explain=False)).companies
    return {c.company_id for c in [c for c in found if c.company_id != str(row[id_column])][:NEIGHBORS]}


def _rank_correlation(new: list[float], old: list[float], settings: GateSettings) -> Check:
    name = "customers.rank_correlation"
    if np.ptp(new) == 0 or np.ptp(old) == 0:
        return Check.skipped(name, "one of the bundles gives every request the same probability")
    value = float(spearmanr(new, old).statistic)
    return Check.at_least(
        name, value, settings.rank_correlation, f"both bundles order {len(new)} requests alike to {value:.2f} of 1"
    )


def _overlap(table: str, named: Sequence[tuple[set[str], set[str]]], settings: GateSettings) -> Check:
    value = float(np.mean([len(new & old) / max(len(new), len(old), 1) for new, old in named]))
    return Check.at_least(
        f"{table}.neighbor_overlap",
        value,
        settings.neighbor_overlap,
        f"both bundles name {value:.0%} of the {NEIGHBORS} nearest {table} of {len(named)} requests alike",
    )
