"""The HTTP application: which bundle it serves, what it answers, and what every request passes through."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from leadgen import __version__
from leadgen.engine import Engine
from leadgen.settings import Settings

from functions.api.embedding.embedder import Embedder
from functions.api.embedding.measures import EmbeddingMeasures
from functions.api.embedding.opening import open_pool
from functions.api.embedding.operations import include_embedding
from functions.api.embedding.pool import EmbeddingPool
from functions.api.embedding.registry import EmbeddingModels
from functions.api.embedding.service import EmbeddingService
from functions.api.middleware import add_middleware
from functions.api.online import OnlineLookup
from functions.api.openapi import document
from functions.api.problems import handle_problems
from functions.api.routes.companies import company_routes
from functions.api.routes.leads import lead_routes
from functions.api.routes.service import service_routes
from functions.api.schemas.lead import LeadSchema
from functions.api.schemas.query import QuerySchema

_NO_TELEMETRY: Any = dict.fromkeys(("tracing", "metrics", "logs", "operation_spans", "auto_configure"), False)


def create_app(settings: Settings, engine: Engine | None, online: OnlineLookup, models: EmbeddingModels) -> FastAPI:
    """The application over an open engine, a database, text models, or several of them.

    A table that the bundle lacks has no operations, nor has embedding where there is no model.
    """
    measures = EmbeddingMeasures()
    pool = open_pool(settings, measures)
    app = FastAPI(
        title="leadgen",
        summary="Score leads against your best customers, find similar companies.",
        version=__version__,
        docs_url="/docs" if settings.docs else None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(settings, online, pool),
        # Of FastAPI's own: it would put request bodies and exception texts into spans.
        telemetry=_NO_TELEMETRY,
    )
    if models:
        include_embedding(app, Embedder(models, EmbeddingService(pool, measures), settings.max_texts))
    app.include_router(service_routes(engine, models, themes=settings.database_url is not None))
    if engine:
        _include_bundle(app, settings, engine, online)
    if settings.database_url:
        # SQLAlchemy and psycopg take 0.3 s to import, which no cold start of scoring shall wait for.
        from functions.api.quarterly import include_quarterly

        include_quarterly(app, settings, settings.database_url, engine.model if engine else None)
    handle_problems(app)
    document(app, settings, models)
    add_middleware(app, settings, engine.manifest.created_at if engine else None, measures)
    return app


def _include_bundle(app: FastAPI, settings: Settings, engine: Engine, online: OnlineLookup) -> None:
    manifest = engine.manifest
    if engine.scorer and manifest.customers:
        schema = LeadSchema(manifest.customers, settings)
        app.include_router(lead_routes(engine.scorer, schema, online, manifest.build_id))
    if engine.finder and manifest.companies:
        query = QuerySchema(manifest.companies, settings)
        app.include_router(company_routes(engine.finder, query, manifest.build_id))


def _lifespan(settings: Settings, online: OnlineLookup, pool: EmbeddingPool) -> Any:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = settings.concurrency
        await pool.start()
        yield
        await pool.close()
        online.close()

    return lifespan
