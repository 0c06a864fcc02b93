"""The HTTP application: which bundle it serves, what it answers, and what every request passes through."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from leadgen import __version__
from leadgen.engine import Engine
from leadgen.settings import Settings

from functions.api.middleware import ApiKeys, BodyLimit, GatewayAuthorization, Metrics, RequestContext
from functions.api.online import OnlineLookup
from functions.api.openapi import document
from functions.api.problems import handle_problems
from functions.api.routes.companies import company_routes
from functions.api.routes.leads import lead_routes
from functions.api.routes.service import service_routes
from functions.api.schemas.lead import LeadSchema
from functions.api.schemas.query import QuerySchema

# The last two with requests that are signed.
_ASKED_HEADERS = ("Content-Type", "X-Request-Id", "X-Api-Key", "Authorization", "X-Amz-Date", "X-Amz-Security-Token")
_NO_TELEMETRY: Any = dict.fromkeys(("tracing", "metrics", "logs", "operation_spans", "auto_configure"), False)


def create_app(settings: Settings, engine: Engine | None, online: OnlineLookup) -> FastAPI:
    """The application over an open engine, a database, or both. A table that the bundle lacks has no operations."""
    app = FastAPI(
        title="leadgen",
        summary="Score leads against your best customers, find similar companies.",
        version=__version__,
        docs_url="/docs" if settings.docs else None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(settings, online),
        # Of FastAPI's own: it would put request bodies and exception texts into spans.
        telemetry=_NO_TELEMETRY,
    )
    app.include_router(service_routes(engine, themes=settings.database_url is not None))
    if engine:
        _include_bundle(app, settings, engine, online)
    if settings.database_url:
        # SQLAlchemy and psycopg take 0.3 s to import, which no cold start of scoring shall wait for.
        from functions.api.quarterly import include_quarterly

        include_quarterly(app, settings, settings.database_url, engine.model if engine else None)
    handle_problems(app)
    document(app, settings)
    _add_middleware(app, settings, engine.manifest.created_at if engine else None)
    return app


def _include_bundle(app: FastAPI, settings: Settings, engine: Engine, online: OnlineLookup) -> None:
    manifest = engine.manifest
    if engine.scorer and manifest.customers:
        schema = LeadSchema(manifest.customers, settings)
        app.include_router(lead_routes(engine.scorer, schema, online, manifest.build_id))
    if engine.finder and manifest.companies:
        query = QuerySchema(manifest.companies, settings)
        app.include_router(company_routes(engine.finder, query, manifest.build_id))


def _add_middleware(app: FastAPI, settings: Settings, bundle_created_at: str | None) -> None:
    """The innermost first."""
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes)
    if settings.require_authorizer:
        app.add_middleware(GatewayAuthorization, authorizer=settings.require_authorizer)
    if settings.api_keys:
        app.add_middleware(ApiKeys, keys=settings.accepted_api_keys())
    if settings.cors_origins:
        from starlette.middleware.cors import CORSMiddleware

        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=_ASKED_HEADERS,
            expose_headers=["X-Request-Id"],
        )
    app.add_middleware(RequestContext)
    if settings.metrics == "emf":
        app.add_middleware(Metrics, service=settings.service, bundle_created_at=bundle_created_at)


def _lifespan(settings: Settings, online: OnlineLookup) -> Any:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = settings.concurrency
        yield
        online.close()

    return lifespan
