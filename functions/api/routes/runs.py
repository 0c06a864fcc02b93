"""List the quarterly runs."""

from fastapi import APIRouter
from leadgen.database.reading import reading
from leadgen.database.runs import list_runs
from sqlalchemy import Engine
from starlette.responses import Response

from functions.api.json_response import JsonAnswer
from functions.api.json_route import JsonRoute
from functions.api.paging import Paging
from functions.api.routes.run_parameters import CursorParameter, N
from functions.api.schemas.references import answered


def run_routes(engine: Engine) -> APIRouter:
    """The operation on runs."""
    router = APIRouter(tags=["runs"], route_class=JsonRoute)

    @router.get("/runs", responses=answered("Runs", 422, 503), summary="List the quarters and their runs")
    def runs(n: N = 20, cursor: CursorParameter = None) -> Response:
        """All runs, the newest quarter first; one that is not complete is listed, but answers nothing yet."""
        paging = Paging((str, int), cursor, "runs")
        with reading(engine) as connection:
            page = list_runs(connection, n, paging.after)
        return JsonAnswer({"runs": page.rows, "next_cursor": paging.next(page)})

    return router
