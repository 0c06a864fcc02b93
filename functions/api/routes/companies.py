"""Find companies."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from leadgen.companies import CompanyFinder, SimilarQuery
from starlette.responses import Response

from functions.api.answers import similar_companies
from functions.api.json_response import JsonAnswer
from functions.api.json_route import JsonRoute
from functions.api.routes.bundle_parameters import body_of, space_of
from functions.api.routes.identifier import register_identifier
from functions.api.schemas.query import Count, Explain, Offset, QuerySchema, SimilarBase
from functions.api.schemas.references import answered

CompanyId = Annotated[str, Path(description="A company's id; any characters, percent-encoded where a path needs it.")]
Similarity = Annotated[float, Query(ge=-1, le=1, allow_inf_nan=False, description="Less similar ones are left out.")]


def company_routes(finder: CompanyFinder, schema: QuerySchema, bundle_id: str) -> APIRouter:
    """The operations on companies, with the bundle's own columns, filters and spaces as their request."""
    register_identifier()
    router = APIRouter(tags=["companies"], route_class=JsonRoute)

    def answer(query: SimilarQuery) -> Response:
        return JsonAnswer(similar_companies(finder.similar(query), query, bundle_id))

    @router.post(
        "/similar_companies",
        responses=answered("SimilarCompanies", 400, 404, 413, 415, 422),
        summary="Find similar companies",
    )
    def similar(body: Annotated[SimilarBase, Depends(body_of(schema.model))]) -> Response:
        """Find companies like a description, like some companies, and unlike others.

        Never fewer than `n` where so many pass the filters and `min_similarity`.
        """
        return answer(schema.query(body))

    @router.get(
        "/companies/{company_id:identifier}/similar",
        responses=answered("SimilarCompanies", 404, 422),
        summary="Find companies similar to one",
    )
    def similar_to(
        company_id: CompanyId,
        *,
        n: Annotated[Count, Query()] = 10,
        offset: Annotated[Offset, Query()] = 0,
        min_similarity: Similarity = -1.0,
        space: Annotated[str | None, Depends(space_of(schema.spaces))],
        explain: Annotated[Explain, Query()] = True,
    ) -> Response:
        """The same as `POST /similar_companies` with this company in `like`, which takes filters, too."""
        query = SimilarQuery(
            like=[company_id], n=n, offset=offset, min_similarity=min_similarity, space=space, explain=explain
        )
        return answer(query)

    @router.get(
        "/companies/{company_id:identifier}",
        responses=answered("Company", 404, 422),
        summary="Read one company",
    )
    def company(company_id: CompanyId) -> Response:
        """The columns of a company that the bundle shows."""
        return JsonAnswer({"company_id": company_id, "record": finder.get(company_id), "bundle_id": bundle_id})

    return router
