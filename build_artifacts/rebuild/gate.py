"""The quality gate: may the new bundle replace the one in service?"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from leadgen.bundle import Manifest
from leadgen.customers import Scores
from leadgen.engine import Engine

from .drift_checks import drift_checks, novelty_checks
from .gate_settings import GateSettings
from .golden import Golden, golden_check
from .in_service import SAMPLE
from .quality_checks import quality_checks
from .query_checks import company_checks, score_checks
from .report import Check, GateReport

LEAST_REQUESTS = 20
_COMPANY_REQUESTS = 100


@dataclass(frozen=True)
class Samples:
    """Rows of the new snapshot: leads that name themselves, companies, and what a person expects of some."""

    leads: list[dict[str, Any]] = field(default_factory=list)
    companies: list[dict[str, Any]] = field(default_factory=list)
    golden: Golden = field(default_factory=Golden)


def judge(new: Engine, old: Engine | None, samples: Samples, settings: GateSettings, build: str) -> GateReport:
    """Every check, and the verdict; `old` is None where nothing in service can be compared with.

    A bundle of the sample in service is no measure for a user's first tables: then only the checks of the new
    bundle itself count.
    """
    compared = None if old is None or _is_sample(old.manifest) != _is_sample(new.manifest) else old
    checks = tuple(_checks(new, compared, samples, settings))
    snapshot = snapshot_id(new.manifest)
    failed = any(check.verdict == "refused" for check in checks)
    by_hand = failed and settings.accept == snapshot
    return GateReport(
        verdict="refused" if failed and not by_hand else "accepted",
        build=build,
        bundle=new.manifest.build_id,
        in_service=compared.manifest.build_id if compared else None,
        snapshot=snapshot,
        accepted_by_hand=by_hand,
        checks=checks,
    )


def snapshot_id(manifest: Manifest) -> str:
    """16 hex digits that stand for the accepted rows of both tables."""
    tables = [table.snapshot if table else "" for table in (manifest.customers, manifest.companies)]
    return hashlib.sha256("\n".join(tables).encode()).hexdigest()[:16]


def _is_sample(manifest: Manifest) -> bool:
    tables = [table for table in (manifest.customers, manifest.companies) if table]
    return all(table.source == SAMPLE for table in tables)


def _checks(new: Engine, old: Engine | None, samples: Samples, settings: GateSettings) -> Iterator[Check]:
    yield from quality_checks(new, old, settings)
    yield golden_check(new, samples.golden, settings)
    if old is None:
        yield Check.skipped("comparison", "nothing in service to compare with")
        return
    yield from drift_checks(new, old, settings)
    yield from _answers(new, old, samples, settings)


def _answers(new: Engine, old: Engine, samples: Samples, settings: GateSettings) -> Iterator[Check]:
    if new.scorer and old.scorer:
        if len(samples.leads) < LEAST_REQUESTS:
            yield Check.skipped("customers.answers", f"{len(samples.leads)} requests are too few to compare answers")
        else:
            answers, before = _scores(new, samples), _scores(old, samples)
            yield from novelty_checks(before, settings)
            yield from score_checks(answers, before, settings)
    if new.finder and old.finder:
        rows = samples.companies[:_COMPANY_REQUESTS]
        yield from company_checks(new.finder, old.finder, rows, new.finder.manifest.id_column, settings)


def _scores(engine: Engine, samples: Samples) -> list[Scores]:
    assert engine.scorer is not None
    found = engine.scorer.score(samples.leads, explain=False, emails_block=False)
    return [result.scores for result in found if result.scores is not None]
