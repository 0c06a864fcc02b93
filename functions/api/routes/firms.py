"""Read firms and their topics."""

from typing import Annotated

from fastapi import APIRouter, Path
from leadgen.database.firms import find_firm, quarters_of_firm, with_firm
from leadgen.database.reading import reading
from leadgen.database.runs import choose_run
from leadgen.database.topics import topics_of_firm
from sqlalchemy import Engine
from starlette.responses import Response

from functions.api.json_response import JsonAnswer
from functions.api.json_route import JsonRoute
from functions.api.paging import Paging
from functions.api.routes.run_parameters import ChosenRun, CursorParameter, N
from functions.api.schemas.parameters import CompanyId
from functions.api.schemas.references import answered

FirmId = Annotated[CompanyId, Path(description="A firm's id; any characters, percent-encoded where a path needs it.")]


def firm_routes(engine: Engine) -> APIRouter:
    """The operations on firms."""
    router = APIRouter(tags=["firms"], route_class=JsonRoute)

    @router.get(
        "/firms/{company_id:identifier}/topics",
        responses=answered("Topics", 404, 422, 503),
        summary="List a firm's topics",
    )
    def topics(company_id: FirmId, choice: ChosenRun, n: N = 20, cursor: CursorParameter = None) -> Response:
        """Topics of a firm, the largest first; of the newest complete run that has the firm."""
        asked = {"id": company_id, "quarter": choice.quarter, "run_id": choice.run_id}
        paging = Paging((int, int), cursor, "topics of a firm", **asked)
        with reading(engine) as connection:
            run = choose_run(connection, paging.run(choice), with_firm(company_id))
            page = topics_of_firm(connection, run.run_id, company_id, n, paging.after)
        return JsonAnswer({"run": run, "topics": page.rows, "next_cursor": paging.next(page, run)})

    @router.get(
        "/firms/{company_id:identifier}",
        responses=answered("FirmInQuarters", 404, 422, 503),
        summary="Read one firm",
    )
    def firm(company_id: FirmId, choice: ChosenRun) -> Response:
        """A firm in the newest complete run that has it, and the quarters it is known in."""
        with reading(engine) as connection:
            run = choose_run(connection, choice, with_firm(company_id))
            found = find_firm(connection, run.run_id, company_id)
            history = quarters_of_firm(connection, company_id)
        return JsonAnswer({"run": run, "firm": found, "history": history})

    return router
