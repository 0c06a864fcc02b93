"""The operations that embed texts."""

from fastapi import FastAPI

from functions.api.embedding.embedder import Embedder
from functions.api.embedding.problems import handle_embedding_problems
from functions.api.routes.embedding import embedding_routes
from functions.api.routes.models import model_routes
from functions.api.routes.openai import openai_routes
from functions.api.routes.similarity import similarity_routes
from functions.api.routes.tokens import token_routes


def include_embedding(app: FastAPI, embedder: Embedder) -> None:
    """Add them to the application, before others: their routes are looked for first."""
    for router in (embedding_routes(embedder), openai_routes(embedder), similarity_routes(embedder)):
        # `include_router` would find a request's route twice, which takes longer than to read its body.
        app.router.routes.extend(router.routes)
    reading_tokens = [served for served in embedder.models if served.neural]
    if reading_tokens:
        app.include_router(token_routes(embedder, reading_tokens[0]))
    app.include_router(model_routes(embedder.models))
    handle_embedding_problems(app)
