"""Results of the engine in the shape that the API answers with (schemas/scored.py and schemas/similar.py)."""

from collections.abc import Mapping, Sequence
from typing import Any

from leadgen.companies import SimilarCompanies, SimilarQuery
from leadgen.customers import Duplicate, LeadResult, LeadScorer, Neighbor, Scores
from leadgen.duplicates import Claim, email_problem

from functions.api.online import Lookup

Answer = dict[str, Any]

_NO_SCORES: Answer = {
    "S_look": None,
    "S_novel": None,
    "contrast": None,
    "contrast_raw": None,
    "neighbor_ids": [],
    "percentiles": None,
    "probability": None,
    "band": None,
    "novelty_p_value": None,
    "coverage": None,
    "neighbors": [],
    "high_value_neighbors": [],
    "explanation": None,
    "text_truncated": False,
}


def scored_lead(
    lead: Mapping[str, Any], result: LeadResult, lookup: Lookup, scorer: LeadScorer, bundle_id: str
) -> Answer:
    """One lead's answer; a duplicate, of a customer or of another lead, has no scores."""
    duplicate = _duplicate(result.duplicate, scorer) or _claimed(lookup.conflict)
    scored = result.scores is not None and duplicate is None
    email = lead.get("email")
    return {
        "customer_id": lead.get("customer_id"),
        **(_scores(result.scores) if scored and result.scores else _NO_SCORES),
        "duplicate": duplicate,
        "possible_duplicates": [
            {"customer_id": flag.customer_id, "rule": flag.rule} for flag in result.possible_duplicates
        ],
        "online_duplicates": lookup.state,
        "email_problem": None if email is None else email_problem(email),
        "bundle_id": bundle_id,
    }


def _scores(scores: Scores) -> Answer:
    return {
        "S_look": scores.S_look,
        "S_novel": scores.S_novel,
        "contrast": scores.contrast,
        "contrast_raw": scores.contrast_raw,
        "neighbor_ids": [neighbor.customer_id for neighbor in scores.neighbors],
        "percentiles": scores.percentiles,
        "probability": scores.probability,
        "band": scores.band,
        "novelty_p_value": scores.novelty_p_value,
        "coverage": scores.coverage,
        "neighbors": scores.neighbors,
        "high_value_neighbors": _without_contribution(scores.high_value_neighbors),
        "explanation": scores.explanation or None,
        "text_truncated": scores.text_truncated,
    }


def _without_contribution(neighbors: Sequence[Neighbor]) -> list[Answer]:
    return [{"customer_id": n.customer_id, "similarity": n.similarity, "record": n.record} for n in neighbors]


def _duplicate(found: Duplicate | None, scorer: LeadScorer) -> Answer | None:
    if found is None:
        return None
    row = scorer.rows.find(found.customer_id)
    record = {} if row is None else scorer.rows.record(row)
    shown = {column: record[column] for column in scorer.manifest.shown if column in record}
    return {"customer_id": found.customer_id, "rule": found.rule, "record": shown}


def _claimed(claim: Claim | None) -> Answer | None:
    return None if claim is None else {"customer_id": claim.holder, "rule": "online", "record": None}


def similar_companies(page: SimilarCompanies, query: SimilarQuery, bundle_id: str) -> Answer:
    """One page's answer."""
    full = len(page.companies) == query.n and query.offset + query.n < page.matching
    return {
        "companies": [
            {
                "company_id": company.company_id,
                "similarity": company.similarity,
                "record": company.record,
                "explanation": company.explanation or None,
            }
            for company in page.companies
        ],
        "space": page.space,
        "matching": page.matching,
        "offset": query.offset,
        "next_offset": query.offset + query.n if full else None,
        "text_truncated": page.text_truncated,
        "bundle_id": bundle_id,
    }
