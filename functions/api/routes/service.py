"""What the application says of itself."""

from fastapi import APIRouter
from leadgen import __version__
from leadgen.engine import Engine
from starlette.requests import Request
from starlette.responses import Response

from functions.api.embedding.registry import EmbeddingModels
from functions.api.json_response import JsonAnswer
from functions.api.schemas.references import answered

_HASHING = (
    "The text model is `hashing`, the offline mode: it knows spelling, not meaning. Build with a neural model "
    "for scores to rely on."
)
_NO_BUNDLE = "There is no bundle: no scores and no similar companies are served."


def service_routes(engine: Engine | None, models: EmbeddingModels, *, themes: bool) -> APIRouter:
    """The index and the health check; `themes` says whether a database is served.

    Then both the check and the document have a second address below `/themes`: behind one gateway another function,
    which knows nothing of topics and themes, may answer the first.
    """
    router = APIRouter(tags=["service"])
    health_answer = {
        "status": "ok",
        "version": __version__,
        "device": "cpu",
        **_bundle(engine),
        "themes": themes,
        "embedding_models": [served.summary() for served in models],
    }
    build_id = health_answer["bundle_id"]

    @router.get("/", responses=answered("Index"), summary="List the operations")
    async def index(request: Request) -> Response:
        """What there is, and where its documentation lies."""
        prefix = request.scope.get("root_path", "")
        app = request.app
        paths = app.openapi()["paths"]
        operations = [
            {"method": method.upper(), "path": path, "summary": operation["summary"]}
            for path, methods in paths.items()
            for method, operation in methods.items()
        ]
        return JsonAnswer(
            {
                "name": app.title,
                "version": __version__,
                "bundle_id": build_id,
                "docs": app.docs_url and prefix + app.docs_url,
                "openapi": prefix + app.openapi_url,
                "operations": operations,
            }
        )

    @router.get("/health", responses=answered("Health"), summary="Check the application")
    async def health() -> Response:
        """The bundle in service and the text model inside it; the database of themes is not asked."""
        return JsonAnswer(health_answer)

    if themes:
        router.add_api_route("/themes/health", health, include_in_schema=False)
        router.add_api_route("/themes/openapi.json", _document, include_in_schema=False)
    return router


async def _document(request: Request) -> Response:
    """The OpenAPI document of this application, as at `/openapi.json`."""
    prefix = request.scope.get("root_path", "").rstrip("/")
    return JsonAnswer({**request.app.openapi(), **({"servers": [{"url": prefix}]} if prefix else {})})


def _bundle(engine: Engine | None) -> dict[str, object]:
    manifest = engine and engine.manifest
    model = manifest and manifest.text_model
    tables = (manifest.customers, manifest.companies) if manifest else (None, None)
    warnings = [] if manifest else [_NO_BUNDLE]
    if model and model.kind == "hashing":
        warnings.append(_HASHING)
    return {
        "bundle_id": manifest and manifest.build_id,
        "built_at": manifest and manifest.created_at,
        "model": model and model.id,
        "model_kind": model and model.kind,
        "embedding_dimension": model and model.dimension,
        "precision": model and model.precision,
        "max_tokens": model and model.max_tokens,
        "rows": dict(zip(("customers", "companies"), [t and t.rows for t in tables], strict=True)),
        "warnings": warnings + [warning for table in tables if table for warning in table.warnings],
    }
