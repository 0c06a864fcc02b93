"""The OpenAPI document, completed with what FastAPI does not know."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from functions.api.schemas.problem import Problem


def document(app: FastAPI) -> None:
    """Make `app.openapi` answer the completed document, made when it is first asked for."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _completed(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _completed(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    schemas |= problem.pop("$defs", {}) | {"Problem": problem}
    for operations in made["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                response["headers"] = {
                    "X-Request-Id": {"description": "The request's id.", "schema": {"type": "string"}}
                }
    return made
