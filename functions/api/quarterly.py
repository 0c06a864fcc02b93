"""The operations on what quarterly runs left in the database; imported only where there is a database to serve."""

from fastapi import Depends, FastAPI
from leadgen.database.connection import connect
from leadgen.database.query_model import QueryModel
from leadgen.settings import Settings
from leadgen.text import TextModel
from pydantic import SecretStr

from functions.api.database_problems import configured, handle_database_problems
from functions.api.routes.firms import firm_routes
from functions.api.routes.identifier import register_identifier
from functions.api.routes.runs import run_routes
from functions.api.routes.searches import search_routes
from functions.api.routes.themes import theme_routes
from functions.api.routes.topics import topic_routes


def include_quarterly(app: FastAPI, settings: Settings, url: SecretStr, bundled: TextModel | None) -> None:
    """Add them to the application. The database is first asked when a request comes: it may be down until then.

    Raises ConfigurationError for a URL that cannot be used.
    """
    engine = connect(
        url.get_secret_value(),
        read_only=True,
        pool_size=settings.concurrency,
        statement_seconds=settings.database_timeout_seconds,
    )
    model = QueryModel(bundled, settings.themes_text_model, settings.threads)
    register_identifier()
    routers = (
        run_routes(engine),
        search_routes(engine, model),
        theme_routes(engine),
        topic_routes(engine),
        firm_routes(engine),
    )
    for router in routers:
        app.include_router(router, dependencies=[Depends(configured)])
    handle_database_problems(app)
