"""The OpenAPI document, completed with what FastAPI does not know."""

from typing import Any

from fastapi import FastAPI

_REFERENCE = "#/components/schemas/{model}"


def document(app: FastAPI) -> None:
    """Make `app.openapi` answer the completed document, made when it is first asked for."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _completed(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _completed(app: FastAPI) -> dict[str, Any]:
    from fastapi.openapi.utils import get_openapi

    made = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    made.setdefault("components", {}).setdefault("schemas", {}).update(_answers())
    for operations in made["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                response["headers"] = {
                    "X-Request-Id": {"description": "The request's id.", "schema": {"type": "string"}}
                }
    return made


def _answers() -> dict[str, Any]:
    """The models that `answered` refers to, and theirs."""
    from pydantic.json_schema import models_json_schema

    from functions.api.schemas.health import Health, Index
    from functions.api.schemas.problem import Problem
    from functions.api.schemas.scored import ScoredLeads
    from functions.api.schemas.similar import Company, SimilarCompanies

    models = (Problem, Health, Index, ScoredLeads, SimilarCompanies, Company)
    _, schemas = models_json_schema([(model, "serialization") for model in models], ref_template=_REFERENCE)
    found: dict[str, Any] = schemas["$defs"]
    return found
