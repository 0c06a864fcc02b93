"""Read themes."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from leadgen.database.comparison import Comparison, compare
from leadgen.database.reading import reading
from leadgen.database.runs import RunChoice, choose_run
from leadgen.database.themes import ThemeSort, find_theme, list_themes, with_theme
from leadgen.database.topics import topics_of_theme
from sqlalchemy import Engine
from starlette.responses import Response

from functions.api.json_response import JsonAnswer
from functions.api.json_route import JsonRoute
from functions.api.paging import Paging
from functions.api.routes.run_parameters import ChosenRun, CursorParameter, N
from functions.api.schemas.parameters import CompanyId, Level, Quarter, RowId, Text
from functions.api.schemas.references import answered

ThemeId = Annotated[RowId, Path(description="A theme's id, the same in every run that has the theme.")]
Sort = Annotated[ThemeSort, Query(description="What the largest has most of.")]
Part = Annotated[Text, Query(max_length=200, description="Part of name or description, in any case.")]
Most = Annotated[int, Query(ge=1, le=1_000, description="Most themes of each list.")]
_CHANGES = ("new", "gone", "grown", "shrunk", "unchanged")


def theme_routes(engine: Engine) -> APIRouter:
    """The operations on themes, but for the search."""
    router = APIRouter(tags=["themes"], route_class=JsonRoute)

    @router.get("/themes", responses=answered("Themes", 404, 422, 503), summary="List the themes of a quarter")
    def themes(
        choice: ChosenRun,
        level: Annotated[Level, Query()] = 0,
        sort: Sort = "n_firms",
        text: Part | None = None,
        n: N = 20,
        cursor: CursorParameter = None,
    ) -> Response:
        """Themes across firms, the largest first; of the newest complete run, if no other is named."""
        asked = {"quarter": choice.quarter, "run_id": choice.run_id, "level": level, "sort": sort, "text": text}
        paging = Paging((int, int), cursor, "themes", **asked)
        with reading(engine) as connection:
            run = choose_run(connection, paging.run(choice))
            page = list_themes(connection, run.run_id, level, sort, text, n, paging.after)
        return JsonAnswer({"run": run, "themes": page.rows, "next_cursor": paging.next(page, run)})

    @router.get("/themes/compare", responses=answered("Comparison", 404, 422, 503), summary="Compare two quarters")
    def comparison(
        before: Annotated[Quarter, Query(alias="from", description="The earlier quarter.")],
        after: Annotated[Quarter, Query(alias="to", description="The later quarter.")],
        level: Annotated[Level, Query()] = 0,
        n: Most = 50,
    ) -> Response:
        """Themes that are new, gone, grown or shrunk between the newest complete runs of two quarters."""
        with reading(engine) as connection:
            earlier, later = (choose_run(connection, RunChoice(quarter)) for quarter in (before, after))
            found = compare(connection, earlier, later, level)
        return JsonAnswer({"run_before": earlier, "run_after": later, **_shortened(found, n)})

    @router.get("/themes/{theme_id:row}", responses=answered("ThemeInTree", 404, 422, 503), summary="Read one theme")
    def theme(theme_id: ThemeId, choice: ChosenRun) -> Response:
        """A theme with those above and under it, and its history; of the newest complete run that has it."""
        with reading(engine) as connection:
            run = choose_run(connection, choice, with_theme(theme_id))
            tree = find_theme(connection, run.run_id, theme_id)
        answer = {"theme": tree.theme, "parent": tree.parent, "children": tree.children, "history": tree.history}
        return JsonAnswer({"run": run, **answer})

    @router.get(
        "/themes/{theme_id:row}/topics", responses=answered("Topics", 404, 422, 503), summary="List a theme's topics"
    )
    def topics(
        theme_id: ThemeId,
        choice: ChosenRun,
        company_id: Annotated[CompanyId | None, Query(description="Of this firm only.")] = None,
        n: N = 20,
        cursor: CursorParameter = None,
    ) -> Response:
        """Topics of the theme and of those under it, of all firms or of one, the largest first."""
        asked = {"id": theme_id, "quarter": choice.quarter, "run_id": choice.run_id, "company_id": company_id}
        paging = Paging((int, int), cursor, "topics of a theme", **asked)
        with reading(engine) as connection:
            run = choose_run(connection, paging.run(choice), with_theme(theme_id))
            page = topics_of_theme(connection, run.run_id, theme_id, company_id, n, paging.after)
        return JsonAnswer({"run": run, "topics": page.rows, "next_cursor": paging.next(page, run)})

    return router


def _shortened(comparison: Comparison, n: int) -> dict[str, object]:
    lists = {name: getattr(comparison, name) for name in _CHANGES}
    return {name: {"count": len(changes), "themes": changes[:n]} for name, changes in lists.items()}
