"""Embed texts."""

from functools import partial

from fastapi import APIRouter
from leadgen.text.model import TextKind
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from functions.api.bare_route import BareRoute, read_body, read_parameters, takes, written
from functions.api.embedding.embedder import Embedder, check_answer
from functions.api.embedding.json_vectors import matrix_json
from functions.api.embedding.problems import Place
from functions.api.embedding.registry import ServedModel
from functions.api.embedding.service import Embedded, Manner
from functions.api.schemas.embedding import EmbedBatch, EmbeddingOptions, EmbedRequest
from functions.api.schemas.references import answered

_STATUSES = (400, 404, 413, 415, 422, 429, 503)
_OPTIONS = frozenset(EmbeddingOptions.model_fields)


def embedding_routes(embedder: Embedder) -> APIRouter:
    """The operations that answer embeddings."""
    router = APIRouter(tags=["embedding"], route_class=BareRoute)

    async def answer(
        request: Request, texts: list[str], options: EmbeddingOptions, kind: TextKind, place: Place
    ) -> Response:
        served = embedder.model(options.model, options.dimensions)
        manner = options.manner(kind)
        check_answer(request, len(texts), manner.dimensions or served.spec.dimension)
        embedded = await embedder.embed(texts, served, manner, place)
        return await written(len(texts), partial(_embeddings, embedded, served, manner))

    @router.post(
        "/embed",
        responses=answered("Embeddings", *_STATUSES),
        openapi_extra=takes(EmbedRequest),
        summary="Embed texts",
    )
    async def embed(request: Request) -> Response:
        """Embed texts as queries (`query`) or as passages (`texts`); the answer counts the tokens read and left out."""
        body = await read_body(request, EmbedRequest)
        return await answer(request, body.asked(), body, body.kind(), body.place())

    @router.post(
        "/embed/batch",
        responses=answered("Embeddings", *_STATUSES),
        openapi_extra=takes(EmbedBatch),
        summary="Embed a list of texts",
    )
    async def embed_batch(request: Request) -> Response:
        """The same for a bare list, as passages unless the query says otherwise."""
        options = read_parameters(request, EmbeddingOptions, _OPTIONS)
        texts = await read_body(request, EmbedBatch, _OPTIONS)
        return await answer(request, texts.root, options, "passage", Place())

    return router


def _embeddings(embedded: Embedded, served: ServedModel, manner: Manner) -> bytes:
    count, dimension = embedded.embeddings.shape
    about = {
        "dimension": dimension,
        "count": count,
        "model": served.name,
        "input_type": manner.kind,
        "precision": served.spec.precision,
        "tokens": embedded.tokens.tolist(),
        "cut": embedded.cut.tolist(),
        "windows": embedded.windows.tolist(),
    }
    return b'{"embeddings":' + matrix_json(embedded.embeddings) + b"," + to_json(about)[1:]
