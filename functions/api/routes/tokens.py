"""Take texts apart."""

from functools import partial

from fastapi import APIRouter
from leadgen.text.model import Pieces
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from functions.api.bare_route import BareRoute, read_body, takes, written
from functions.api.embedding.embedder import Embedder
from functions.api.embedding.problems import unusable
from functions.api.embedding.registry import ServedModel
from functions.api.schemas.embedding import MOST_CHARACTERS, TokenizeRequest
from functions.api.schemas.references import answered


def token_routes(embedder: Embedder, default: ServedModel) -> APIRouter:
    """The operation on tokens; of the default model where a request names none."""
    router = APIRouter(tags=["embedding"], route_class=BareRoute)

    @router.post(
        "/tokenize",
        responses=answered("Tokens", 400, 404, 413, 415, 422),
        openapi_extra=takes(TokenizeRequest),
        summary="Take texts apart",
    )
    async def tokenize(request: Request) -> Response:
        """The tokens of texts, without the model's prefix and with nothing left out."""
        body = await read_body(request, TokenizeRequest)
        if sum(map(len, body.asked())) > MOST_CHARACTERS:
            raise unusable(f"Texts have more than {MOST_CHARACTERS} characters in all", "texts")
        served = embedder.model(body.model) if body.model is not None else default
        pieces = await embedder.pieces(body.asked(), served)
        return await written(len(pieces), partial(_tokens, pieces, served))

    return router


def _tokens(texts: list[Pieces], served: ServedModel) -> bytes:
    answer = {
        "tokens": [
            [
                {"id": identifier, "text": text, "start": start, "end": end, "special": special}
                for identifier, text, (start, end), special in zip(
                    pieces.ids, pieces.tokens, pieces.offsets, pieces.special, strict=True
                )
            ]
            for pieces in texts
        ],
        "counts": [len(pieces.ids) for pieces in texts],
        "max_tokens": served.spec.max_tokens,
        "model": served.name,
    }
    return to_json(answer)
