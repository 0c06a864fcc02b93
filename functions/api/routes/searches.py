"""Search themes, topics and sentences by meaning."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Any

import numpy as np
from fastapi import APIRouter
from leadgen.database.query_model import QueryModel
from leadgen.database.reading import reading
from leadgen.database.runs import RunReference, choose_runs
from leadgen.database.search import Hit, search_runs, search_sentences, search_themes, search_topics
from leadgen.database.search import Search as SearchFunction
from numpy.typing import NDArray
from sqlalchemy import Engine
from starlette.responses import Response

from functions.api.json_response import JsonAnswer
from functions.api.json_route import JsonRoute
from functions.api.paging import Paging
from functions.api.problems import ProblemError, body_fault
from functions.api.schemas.references import answered
from functions.api.schemas.search import Search, SentenceSearch, ThemeSearch, TopicSearch

_STATUSES = (400, 404, 413, 415, 422, 503)


def search_routes(engine: Engine, model: QueryModel) -> APIRouter:
    """The searches; each embeds its text as a query by the text model of the runs that it searches."""
    router = APIRouter(tags=["search"], route_class=JsonRoute)

    def answer(name: str, body: Search, search: SearchFunction[Any]) -> Response:
        filters, kinds = body.filters(), (float, int, int, int) if name == "sentences" else (float, int, int)
        paging = Paging(kinds, body.cursor, f"{name}/search", **body.model_dump(exclude={"n", "cursor"}))
        with reading(engine) as connection:
            runs = choose_runs(connection, paging.runs(body.choices()))
        vector, truncated = _embedded(model, runs, body.text)
        with reading(engine) as connection:
            page = search_runs(connection, search, runs, vector, filters, body.n, paging.after)
        found = {name: [_shown(hit) for hit in page.rows], "next_cursor": paging.next(page, *runs)}
        return JsonAnswer({"runs": runs, **found, "text_truncated": truncated})

    @router.post("/sentences/search", responses=answered("FoundSentences", *_STATUSES), summary="Search sentences")
    def sentences(body: SentenceSearch) -> Response:
        """Sentences that say something like the text; never fewer than `n` where so many pass the filters."""
        return answer("sentences", body, search_sentences)

    @router.post("/topics/search", responses=answered("FoundTopics", *_STATUSES), summary="Search topics")
    def topics(body: TopicSearch) -> Response:
        """Topics of single firms that are about the text; never fewer than `n` where so many pass the filters."""
        return answer("topics", body, search_topics)

    @router.post("/themes/search", responses=answered("FoundThemes", *_STATUSES), summary="Search themes")
    def themes(body: ThemeSearch) -> Response:
        """Themes across firms that are about the text; never fewer than `n` where so many pass the filters."""
        return answer("themes", body, search_themes)

    return router


def _embedded(model: QueryModel, runs: list[RunReference], text: str) -> tuple[NDArray[np.float32], bool]:
    """The text's vector, which must be right for every run, and whether the text was cut."""
    encoded = model.of(runs).encode_counted([text])
    if not encoded.embeddings.any():
        detail = "The text holds no word"
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"{detail}.", [body_fault(detail, "text")])
    return encoded.embeddings[0], bool(encoded.truncated[0])


def _shown(hit: Hit[Any]) -> dict[str, Any]:
    place = {"run_id": hit.run.run_id, "quarter": hit.run.quarter}
    return {"similarity": hit.similarity, **place, **asdict(hit.found)}
