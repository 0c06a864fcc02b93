"""What Prometheus scrapes."""

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.responses import Response

from functions.api.exposition import MEDIA_TYPE, Metric, exposition


def metric_routes(metrics: Sequence[Metric]) -> APIRouter:
    """`GET /metrics` of these metrics."""
    router = APIRouter(tags=["service"])
    described = {"text/plain": {"schema": {"type": "string"}}}

    @router.get(
        "/metrics", response_class=Response, responses={200: {"content": described}}, summary="Read the metrics"
    )
    async def scrape() -> Response:
        """Requests, embeddings, cache, queue and memory of this process, in Prometheus' text format."""
        return Response(exposition(metrics), media_type=MEDIA_TYPE)

    return router
