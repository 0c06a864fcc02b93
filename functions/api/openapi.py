"""The OpenAPI document, completed with what FastAPI does not know."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from leadgen.settings import Settings
from pydantic import BaseModel

from functions.api.embedding.registry import EmbeddingModels
from functions.api.schemas.references import OPENAI_ERROR, PROBLEM

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaMode

_REFERENCE = "#/components/schemas/{model}"


_KEY = {"type": "apiKey", "in": "header", "name": "x-api-key"}
_SCHEMES: dict[str, dict[str, Any]] = {
    "iam": {
        "AwsSignature": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "AWS Signature Version 4 for the service `execute-api`.",
            "x-amazon-apigateway-authtype": "awsSigv4",
        }
    },
    "jwt": {"Token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
    "api_key": {"Key": _KEY},
}
_OWN_KEYS = {"Key": _KEY, "BearerKey": {"type": "http", "scheme": "bearer"}}


def document(app: FastAPI, settings: Settings, models: EmbeddingModels) -> None:
    """Make `app.openapi` answer the completed document, made when it is first asked for."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _completed(app, settings, models)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _completed(app: FastAPI, settings: Settings, models: EmbeddingModels) -> dict[str, Any]:
    from fastapi.openapi.utils import get_openapi

    made = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    made.setdefault("components", {}).setdefault("schemas", {}).update(_answers(settings))
    if models:
        from functions.api.embedding.document import describe_embedding

        describe_embedding(made, [served.name for served in models])
    _describe_authorization(made, settings)
    for operations in made["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                response["headers"] = {
                    "X-Request-Id": {"description": "The request's id.", "schema": {"type": "string"}}
                }
    return made


def _describe_authorization(made: dict[str, Any], settings: Settings) -> None:
    """What a request must show, any one of the schemes, and the refusal without it."""
    schemes = _SCHEMES.get(settings.require_authorizer or "", {}) | (_OWN_KEYS if settings.api_keys else {})
    if not schemes:
        return
    made["components"]["securitySchemes"] = schemes
    made["security"] = [{name: []} for name in schemes]
    status = "403" if settings.require_authorizer in ("iam", "api_key") else "401"
    for path, operations in made["paths"].items():
        for operation in operations.values():
            if path == "/health" and not settings.require_authorizer:
                operation["security"] = []
            else:
                operation["responses"][status] = {
                    "description": "The request is not authorised.",
                    "content": _refusal(path),
                }


def _refusal(path: str) -> dict[str, Any]:
    """What an operation at this path answers instead: below `/v1` what OpenAI would."""
    return OPENAI_ERROR if path.startswith("/v1/") else PROBLEM


def _answers(settings: Settings) -> dict[str, Any]:
    """The models that `answered` refers to, and theirs."""
    from functions.api.schemas.health import Health, Index
    from functions.api.schemas.problem import Problem
    from functions.api.schemas.scored import ScoredLeads
    from functions.api.schemas.similar import Company, SimilarCompanies

    models: tuple[type[BaseModel], ...] = (Problem, Health, Index, ScoredLeads, SimilarCompanies, Company)
    if settings.database_url:
        from functions.api.schemas.quarterly import ANSWERS

        models += ANSWERS
    return schemas_of(models, "serialization")


def schemas_of(models: Iterable[type[BaseModel]], mode: "JsonSchemaMode") -> dict[str, Any]:
    """JSON schemas of these models and of those that they refer to, by name."""
    from pydantic.json_schema import models_json_schema

    _, schemas = models_json_schema([(model, mode) for model in models], ref_template=_REFERENCE)
    found: dict[str, Any] = schemas["$defs"]
    return found
