"""Score leads."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from leadgen.customers import LeadScorer
from leadgen.features import Row
from starlette.requests import Request
from starlette.responses import Response

from functions.api.answers import Answer, scored_lead
from functions.api.json_response import JsonAnswer
from functions.api.json_route import JsonRoute
from functions.api.middleware.metrics import DUPLICATES
from functions.api.online import OnlineLookup
from functions.api.problems import REQUEST_ID
from functions.api.routes.bundle_parameters import body_of
from functions.api.schemas.columns import Columns
from functions.api.schemas.lead import LeadSchema
from functions.api.schemas.references import answered

Neighbors = Annotated[int, Query(ge=1, le=100, description="Neighbours to name; the scores do not depend on it.")]
Explain = Annotated[bool, Query(description="Split the scores over blocks, columns and words.")]


def lead_routes(scorer: LeadScorer, schema: LeadSchema, online: OnlineLookup, bundle_id: str) -> APIRouter:
    """The operations on leads, with the bundle's own columns as their request."""
    router = APIRouter(tags=["leads"], route_class=JsonRoute)
    refusals = (400, 413, 415, 422)

    def answers(leads: list[Row], request: Request, neighbors: int, *, explain: bool) -> list[Answer]:
        results = scorer.score(leads, neighbors=neighbors, explain=explain)
        unblocked = [result.duplicate is None for result in results]
        lookups = online.look_up(leads, unblocked, str(request.scope.get(REQUEST_ID, "")))
        together = zip(leads, results, lookups, strict=True)
        scored = [scored_lead(lead, result, lookup, scorer, bundle_id) for lead, result, lookup in together]
        request.scope[DUPLICATES] = sum(lead["duplicate"] is not None for lead in scored)
        return scored

    @router.post("/score_lead", responses=answered("ScoredLead", *refusals), summary="Score one lead")
    def score_lead(
        request: Request,
        lead: Annotated[Columns, Depends(body_of(schema.lead))],
        *,
        neighbors: Neighbors = 10,
        explain: Explain = True,
    ) -> Response:
        """Compare a lead with the customers: how alike the valuable ones, how unlike all, and why.

        An e-mail address that a customer has already ends it: `duplicate` names the record and the rule.
        """
        return JsonAnswer(answers(schema.rows([lead]), request, neighbors, explain=explain)[0])

    @router.post("/score_leads", responses=answered("ScoredLeads", *refusals), summary="Score many leads")
    def score_leads(
        request: Request,
        body: Annotated[Any, Depends(body_of(schema.leads))],
        *,
        neighbors: Neighbors = 10,
        explain: Explain = True,
    ) -> Response:
        """The same for many leads at once, answered in their order; one that cannot be used refuses all."""
        rows = schema.rows(body.leads, "leads")
        results = answers(rows, request, neighbors, explain=explain)
        return JsonAnswer({"results": results, "bundle_id": bundle_id})

    return router
