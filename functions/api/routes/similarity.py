"""Compare texts."""

from dataclasses import dataclass

import numpy as np
from fastapi import APIRouter
from leadgen.text.model import TextKind
from numpy.typing import NDArray
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from functions.api.bare_route import BareRoute, read_body, takes
from functions.api.embedding.embedder import Embedder
from functions.api.embedding.json_vectors import matrix_json, vector_json
from functions.api.embedding.problems import Place, unusable
from functions.api.embedding.registry import ServedModel
from functions.api.embedding.service import Embedded
from functions.api.schemas.embedding import SimilarityRequest
from functions.api.schemas.references import answered

MOST_SIMILARITIES = 65_536


@dataclass(frozen=True, slots=True)
class Side:
    """Texts to compare, or to compare with."""

    texts: list[str]
    kind: TextKind
    place: Place


def similarity_routes(embedder: Embedder) -> APIRouter:
    """The operation on several texts."""
    router = APIRouter(tags=["embedding"], route_class=BareRoute)

    async def embedded(side: Side, body: SimilarityRequest, served: ServedModel) -> Embedded:
        return await embedder.embed(side.texts, served, body.manner(side.kind), side.place)

    @router.post(
        "/similarity",
        responses=answered("Similarities", 400, 404, 413, 415, 422, 429, 503),
        openapi_extra=takes(SimilarityRequest),
        summary="Compare texts",
    )
    async def similarity(request: Request) -> Response:
        """Cosines of queries with texts, of texts with each other, or of the two of each pair."""
        body = await read_body(request, SimilarityRequest)
        served = embedder.model(body.model, body.dimensions)
        sides = _sides(body)
        _check(sides, paired=body.pairs is not None)
        found = [await embedded(side, body, served) for side in sides]
        about = {
            "model": served.name,
            "tokens": sum(int(each.tokens.sum()) for each in found),
            "cut": sum(int(each.cut.sum()) for each in found),
        }
        similarities = _written(body, found[0].embeddings, found[-1].embeddings)
        return Response(b'{"similarities":' + similarities + b"," + to_json(about)[1:], media_type="application/json")

    return router


def _sides(body: SimilarityRequest) -> list[Side]:
    """One where texts are compared with each other."""
    if body.pairs is not None:
        return [
            Side([pair[0] for pair in body.pairs], "query", Place(("pairs",))),
            Side([pair[1] for pair in body.pairs], "passage", Place(("pairs",))),
        ]
    texts = Side(body.texts or [], "passage", Place(("texts",)))
    if body.query is None:
        return [texts]
    if isinstance(body.query, str):
        return [Side([body.query], "query", Place(("query",), one=True)), texts]
    return [Side(body.query, "query", Place(("query",))), texts]


def _check(sides: list[Side], *, paired: bool) -> None:
    count = len(sides[0].texts) * (1 if paired else len(sides[-1].texts))
    if count > MOST_SIMILARITIES:
        raise unusable(f"These are {count} comparisons, more than {MOST_SIMILARITIES} at once")


def _written(body: SimilarityRequest, left: NDArray[np.float32], right: NDArray[np.float32]) -> bytes:
    if body.pairs is not None:
        return vector_json(np.einsum("nd,nd->n", left, right))
    cosines = left @ right.T
    return vector_json(cosines[0]) if isinstance(body.query, str) else matrix_json(cosines)
