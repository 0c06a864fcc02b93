"""Query parameters that the operations on the database share."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Query
from leadgen.database.runs import RunChoice

from functions.api.problems import ProblemError
from functions.api.schemas.parameters import Count, CursorText, Quarter, RunId

N = Annotated[Count, Query()]
CursorParameter = Annotated[CursorText | None, Query()]


async def run_choice(
    quarter: Annotated[Quarter | None, Query(description="The newest complete run of it; of all if absent.")] = None,
    run_id: Annotated[RunId | None, Query(description="This complete run.")] = None,
) -> RunChoice:
    """Which run to answer from."""
    if quarter is not None and run_id is not None:
        detail = "Give `quarter` or `run_id`, not both"
        fault = {"parameter": "run_id", "detail": detail}
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"{detail}.", [fault])
    return RunChoice(quarter, run_id)


ChosenRun = Annotated[RunChoice, Depends(run_choice)]
