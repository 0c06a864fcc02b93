"""Embeddings by OpenAI's contract: its official clients work as they are."""

from base64 import b64encode
from functools import partial

import numpy as np
from fastapi import APIRouter
from numpy.typing import NDArray
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from functions.api.bare_route import BareRoute, read_body, takes, written
from functions.api.embedding.embedder import NUMBER_BYTES, NUMBER_BYTES_BASE64, Embedder, check_answer
from functions.api.embedding.json_vectors import vector_json
from functions.api.embedding.problems import Place
from functions.api.embedding.registry import ServedModel
from functions.api.embedding.service import Embedded
from functions.api.schemas.openai import EmbeddingRequest
from functions.api.schemas.references import answered_as_openai

_ITEM = b'{"object":"embedding","index":%d,"embedding":%b}'


def openai_routes(embedder: Embedder) -> APIRouter:
    """The operation on texts below `/v1`."""
    router = APIRouter(tags=["openai"], route_class=BareRoute)

    @router.post(
        "/v1/embeddings",
        responses=answered_as_openai("OpenAIEmbeddings", 400, 404, 413, 415, 429, 503),
        openapi_extra=takes(EmbeddingRequest),
        summary="Embed texts, for OpenAI's clients",
    )
    async def embeddings(request: Request) -> Response:
        """As OpenAI's; a text that is longer than the model reads is refused, unless `truncate` is set."""
        body = await read_body(request, EmbeddingRequest)
        served = embedder.model(body.model, body.dimensions)
        base64 = body.encoding_format == "base64"
        dimension = body.dimensions or served.spec.dimension
        check_answer(request, len(body.input), dimension, NUMBER_BYTES_BASE64 if base64 else NUMBER_BYTES)
        embedded = await embedder.embed(body.input, served, body.manner(), Place(("input",)))
        return await written(len(body.input), partial(_embeddings, embedded, served, body, base64=base64))

    return router


def _embeddings(embedded: Embedded, served: ServedModel, body: EmbeddingRequest, *, base64: bool) -> bytes:
    written = map(_base64_json if base64 else vector_json, embedded.embeddings)
    data = b",".join(_ITEM % entry for entry in enumerate(written))
    tokens = int(embedded.tokens.sum())
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    if body.truncate is not None:
        usage["cut_tokens"] = int(embedded.cut.sum())
    about = to_json({"model": served.name, "usage": usage})
    return b'{"object":"list","data":[' + data + b"]," + about[1:]


def _base64_json(vector: NDArray[np.float32]) -> bytes:
    """Little-endian float32, as OpenAI's clients decode it."""
    return b'"' + b64encode(vector.astype("<f4").tobytes()) + b'"'
