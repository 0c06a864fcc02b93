"""What every request passes through, put together as the settings ask."""

from typing import TYPE_CHECKING

from leadgen.settings import Settings

from functions.api.embedding.measures import EmbeddingMeasures
from functions.api.middleware.api_keys import ApiKeys
from functions.api.middleware.body_limit import BodyLimit
from functions.api.middleware.cancel_on_disconnect import CancelOnDisconnect
from functions.api.middleware.gateway_authorization import GatewayAuthorization
from functions.api.middleware.metrics import Metrics
from functions.api.middleware.prometheus import CountRequests, RequestMeasures
from functions.api.middleware.rate_limit import RateLimit
from functions.api.middleware.request_context import RequestContext
from functions.api.routes.metrics import metric_routes

if TYPE_CHECKING:
    from fastapi import FastAPI

# The last two with requests that are signed.
_ASKED_HEADERS = ("Content-Type", "X-Request-Id", "X-Api-Key", "Authorization", "X-Amz-Date", "X-Amz-Security-Token")


def add_middleware(
    app: "FastAPI", settings: Settings, bundle_created_at: str | None, measures: EmbeddingMeasures
) -> None:
    """The innermost first."""
    if settings.batches:
        app.add_middleware(CancelOnDisconnect)
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes)
    if settings.rate_limit:
        app.add_middleware(RateLimit, per_minute=settings.rate_limit, by_key=settings.api_keys is not None)
    if settings.require_authorizer:
        app.add_middleware(GatewayAuthorization, authorizer=settings.require_authorizer)
    if settings.api_keys:
        app.add_middleware(ApiKeys, keys=settings.accepted_api_keys())
    if settings.cors_origins:
        _share_with(app, settings.cors_origins)
    app.add_middleware(RequestContext)
    if settings.metrics == "emf":
        app.add_middleware(Metrics, service=settings.service, bundle_created_at=bundle_created_at, embedding=measures)
    if settings.metrics == "prometheus":
        requests = RequestMeasures()
        app.include_router(metric_routes([*requests.metrics(), *measures.metrics()]))
        app.add_middleware(CountRequests, measures=requests)


def _share_with(app: "FastAPI", origins: tuple[str, ...]) -> None:
    from starlette.middleware.cors import CORSMiddleware

    app.add_middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=["GET", "POST"],
        allow_headers=_ASKED_HEADERS,
        expose_headers=["X-Request-Id"],
    )
