"""List and read text models, by OpenAI's contract."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from functions.api.embedding.registry import EmbeddingModels, ServedModel
from functions.api.json_response import JsonAnswer
from functions.api.json_route import JsonRoute
from functions.api.routes.identifier import register_identifier
from functions.api.schemas.references import answered_as_openai

Name = Annotated[str, Path(description="A model's name, percent-encoded where a path needs it.")]


def model_routes(models: EmbeddingModels) -> APIRouter:
    """The operations on models."""
    register_identifier()
    router = APIRouter(prefix="/v1/models", tags=["openai"], route_class=JsonRoute)

    @router.get("", responses=answered_as_openai("OpenAIModels", 400), summary="List the text models")
    async def list_models() -> Response:
        """The models of this server, and what a caller should know of each."""
        return JsonAnswer({"object": "list", "data": [_shown(served) for served in models]})

    @router.get(
        "/{model:identifier}",
        responses=answered_as_openai("OpenAIModel", 400, 404),
        summary="Read one text model",
    )
    async def read_model(model: Name) -> Response:
        """One of them."""
        return JsonAnswer(_shown(models.get(model)))

    return router


def _shown(served: ServedModel) -> dict[str, object]:
    return {**served.summary(), "object": "model", "created": served.created, "owned_by": "leadgen"}
