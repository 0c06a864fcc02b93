"""Golden queries: requests whose answers a person has written down, in `inputs/golden.json`.

{"leads": [{"request": {"job_title": "CTO", "industry": "Software"},
            "expect": {"band": ["hot", "warm"], "probability": [0.3, 1.0], "neighbors": ["cust-0002304"]}}],
 "companies": [{"request": {"like": ["comp-000001"], "n": 20}, "expect": {"companies": ["comp-000007"]}}]}
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from leadgen.companies import CompanyFinder, SimilarQuery
from leadgen.customers import LeadScorer
from leadgen.engine import Engine
from leadgen.errors import InputError, LeadgenError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .gate_settings import GateSettings
from .report import Check

Range = Annotated[tuple[float, float], Field(description="lowest and highest value, both included")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LeadExpectation(_Strict):
    """What must hold of a scored lead; what is left out may be anything."""

    band: tuple[str, ...] = ()
    """Any of these."""
    probability: Range | None = None
    S_look: Range | None = None
    novelty_p_value: Range | None = None
    neighbors: tuple[str, ...] = ()
    """Ids, all of them among the nearest 10."""


class GoldenLead(_Strict):
    """A lead as `POST /score_lead` takes it."""

    request: dict[str, Any]
    expect: LeadExpectation


class CompaniesExpectation(_Strict):
    """Ids that must, and that must not, be among the companies found."""

    companies: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


class CompaniesRequest(_Strict):
    """Columns of a company, or ids of companies like it."""

    row: dict[str, Any] | None = None
    like: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    space: str | None = None
    n: int = Field(default=10, ge=1, le=1000)


class GoldenCompanies(_Strict):
    """A question for similar companies."""

    request: CompaniesRequest
    expect: CompaniesExpectation


class Golden(_Strict):
    """The file."""

    leads: tuple[GoldenLead, ...] = ()
    companies: tuple[GoldenCompanies, ...] = ()

    @classmethod
    def read(cls, path: Path) -> "Golden":
        """Raises InputError naming the file and the entry that is malformed."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            if isinstance(error, ValidationError):
                first = error.errors(include_input=False)[0]
                where = ".".join(str(part) for part in first["loc"])
                raise InputError(f"{path} is no file of golden queries: {where}: {first['msg']}") from error
            raise InputError(f"{path} cannot be read: {error}") from error


def golden_check(engine: Engine, golden: Golden, settings: GateSettings) -> Check:
    """Names the queries that are not answered as expected by their place in the file, not by their content."""
    wrong = [f"leads[{i}]" for i, query in enumerate(golden.leads) if not _lead_holds(engine.scorer, query)]
    wrong += [f"companies[{i}]" for i, query in enumerate(golden.companies) if not _are_found(engine.finder, query)]
    total = len(golden.leads) + len(golden.companies)
    if not total:
        return Check.skipped("golden_queries", "there are no golden queries")
    what = f"not answered as expected: {', '.join(wrong[:20])}" if wrong else "all are answered as expected"
    return Check.at_least("golden_queries", 1 - len(wrong) / total, settings.golden_share, f"{total} queries; {what}")


def _lead_holds(scorer: LeadScorer | None, query: GoldenLead) -> bool:
    if scorer is None:
        return False
    scores = scorer.score([query.request], explain=False, emails_block=False)[0].scores
    expect = query.expect
    return (
        scores is not None
        and (not expect.band or scores.band in expect.band)
        and _inside(scores.probability, expect.probability)
        and _inside(scores.S_look, expect.S_look)
        and _inside(scores.novelty_p_value, expect.novelty_p_value)
        and set(expect.neighbors) <= {neighbor.customer_id for neighbor in scores.neighbors}
    )


def _are_found(finder: CompanyFinder | None, query: GoldenCompanies) -> bool:
    if finder is None:
        return False
    try:
        found = finder.similar(SimilarQuery(**dict(query.request), explain=False)).companies
    except LeadgenError:
        return False
    ids: Sequence[str] = [company.company_id for company in found]
    return set(query.expect.companies) <= set(ids) and not set(query.expect.absent) & set(ids)


def _inside(value: float, wanted: tuple[float, float] | None) -> bool:
    return wanted is None or wanted[0] <= value <= wanted[1]
