"""Read topics and their sentences."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from leadgen.database.reading import reading
from leadgen.database.runs import RunChoice, choose_run
from leadgen.database.sentences import SentenceOrder, sentences_of_topic
from leadgen.database.topics import find_topic
from sqlalchemy import Engine
from starlette.responses import Response

from functions.api.json_response import JsonAnswer
from functions.api.json_route import JsonRoute
from functions.api.paging import Paging
from functions.api.routes.run_parameters import CursorParameter, N
from functions.api.schemas.parameters import RowId, SpeakerType
from functions.api.schemas.references import answered

TopicId = Annotated[RowId, Path(description="A topic's id, which belongs to one firm and one run.")]
Order = Annotated[SentenceOrder, Query(description="The most typical first, or as they were said.")]
Speakers = Annotated[list[SpeakerType] | None, Query(max_length=4, description="Said by these only.")]


def topic_routes(engine: Engine) -> APIRouter:
    """The operations on topics, but for the search."""
    router = APIRouter(tags=["topics"], route_class=JsonRoute)

    @router.get(
        "/topics/{topic_id:row}/sentences",
        responses=answered("Sentences", 404, 422, 503),
        summary="List a topic's sentences",
    )
    def sentences(
        topic_id: TopicId,
        order: Order = "central",
        speaker_type: Speakers = None,
        n: N = 20,
        cursor: CursorParameter = None,
    ) -> Response:
        """The sentences that the topic was made of."""
        speakers = sorted(set(speaker_type or ()))
        kinds = (float, int) if order == "central" else (int,)
        paging = Paging(kinds, cursor, "sentences", id=topic_id, order=order, speakers=speakers)
        with reading(engine) as connection:
            run_id, _ = find_topic(connection, topic_id)
            run = choose_run(connection, RunChoice(run_id=run_id))
            page = sentences_of_topic(connection, run_id, topic_id, order, speakers, n, paging.after)
        answer = {"topic_id": topic_id, "sentences": page.rows, "next_cursor": paging.next(page, run)}
        return JsonAnswer({"run": run, **answer})

    @router.get("/topics/{topic_id:row}", responses=answered("OneTopic", 404, 422, 503), summary="Read one topic")
    def topic(topic_id: TopicId) -> Response:
        """A topic with its firm and its theme."""
        with reading(engine) as connection:
            run_id, found = find_topic(connection, topic_id)
            run = choose_run(connection, RunChoice(run_id=run_id))
        return JsonAnswer({"run": run, "topic": found})

    return router
