"""What the application says of itself."""

from fastapi import APIRouter
from leadgen import __version__
from leadgen.engine import Engine
from starlette.requests import Request
from starlette.responses import Response

from functions.api.json_response import JsonAnswer
from functions.api.schemas.references import answered

_HASHING = (
    "The text model is `hashing`, the offline mode: it knows spelling, not meaning. Build with a neural model "
    "for scores to rely on."
)


def service_routes(engine: Engine) -> APIRouter:
    """The index and the health check."""
    router = APIRouter(tags=["service"])
    health_answer, build_id = _health(engine), engine.manifest.build_id

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
        """The bundle in service and the text model inside it."""
        return JsonAnswer(health_answer)

    return router


def _health(engine: Engine) -> dict[str, object]:
    manifest = engine.manifest
    model, tables = manifest.text_model, (manifest.customers, manifest.companies)
    warnings = [_HASHING] if model and model.kind == "hashing" else []
    return {
        "status": "ok",
        "version": __version__,
        "bundle_id": manifest.build_id,
        "built_at": manifest.created_at,
        "model": model and model.id,
        "model_kind": model and model.kind,
        "embedding_dimension": model and model.dimension,
        "precision": model and model.precision,
        "max_tokens": model and model.max_tokens,
        "device": "cpu",
        "rows": dict(zip(("customers", "companies"), [t and t.rows for t in tables], strict=True)),
        "warnings": warnings + [warning for table in tables if table for warning in table.warnings],
    }
