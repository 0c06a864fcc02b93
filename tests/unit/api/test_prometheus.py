"""The text that Prometheus scrapes."""

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from asgi import answers, ask
from fastapi import FastAPI

from functions.api.embedding.measures import EmbeddingMeasures
from functions.api.exposition import Counter, Gauge, Histogram, exposition
from functions.api.middleware import CountRequests, RequestMeasures
from functions.api.routes.metrics import metric_routes

# A line of a sample, by the format's description.
SAMPLE = re.compile(r'[a-z_:][a-z0-9_:]*(\{([a-z_]+="(\\.|[^"\\\n])*",?)*\})? (\+Inf|-?[0-9.e+-]+)')


def test_a_counter_adds_up_by_its_labels() -> None:
    counter = Counter("asked_total", "Asked.", ("route", "status"))
    counter.add(labels=("/embed", "200"))
    counter.add(2, ("/embed", "200"))
    counter.add(labels=('a"b\\c\nd', "404"))
    assert exposition([counter]).decode().splitlines() == [
        "# HELP asked_total Asked.",
        "# TYPE asked_total counter",
        'asked_total{route="/embed",status="200"} 3',
        'asked_total{route="a\\"b\\\\c\\nd",status="404"} 1',
    ]


def test_a_counter_without_labels_starts_at_0() -> None:
    assert exposition([Counter("asked_total", "Asked.")]).endswith(b"\nasked_total 0\n")


def test_a_histogram_is_cumulative_and_a_value_on_a_bound_is_within_it() -> None:
    histogram = Histogram("seconds", "Time.", (0.1, 1), ("route",))
    for value in (0.05, 0.1, 0.5, 7):
        histogram.observe(value, ("/embed",))
    assert exposition([histogram]).decode().splitlines()[2:] == [
        'seconds_bucket{route="/embed",le="0.1"} 2',
        'seconds_bucket{route="/embed",le="1"} 3',
        'seconds_bucket{route="/embed",le="+Inf"} 4',
        'seconds_sum{route="/embed"} 7.65',
        'seconds_count{route="/embed"} 4',
    ]


def test_a_gauge_is_read_when_it_is_asked_for() -> None:
    values = [3.0, 4.5]
    gauge = Gauge("waiting", "Waiting.", lambda: values.pop())
    assert [exposition([gauge]).splitlines()[-1] for _ in range(2)] == [b"waiting 4.5", b"waiting 3"]


async def breaks(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError


async def leaves(scope: Any, receive: Any, send: Any) -> None:
    """Its client left, so that nothing was answered."""


def test_requests_are_counted_by_route_and_status_and_never_by_address() -> None:
    measures = RequestMeasures()
    route = SimpleNamespace(path_format="/companies/{company_id}")
    ask(CountRequests(answers, measures), "/companies/a%20person", route=route)
    with pytest.raises(RuntimeError):
        ask(CountRequests(breaks, measures), "/companies/a%20person", route=route)
    with pytest.raises(IndexError):
        ask(CountRequests(leaves, measures), "/a%20person", method="PERSON")
    text = exposition(measures.metrics()).decode()
    assert "person" not in text.lower()
    for sample in (
        'leadgen_requests_total{method="POST",route="/companies/{company_id}",status="200"} 1',
        'leadgen_requests_total{method="POST",route="/companies/{company_id}",status="500"} 1',
        'leadgen_requests_total{method="other",route="unmatched",status="499"} 1',
        'leadgen_request_seconds_count{route="/companies/{company_id}"} 2',
        "leadgen_requests_in_progress 0",
    ):
        assert f"{sample}\n" in text


def test_the_answer_to_a_scrape_is_in_the_format() -> None:
    requests, embedding = RequestMeasures(), EmbeddingMeasures()
    embedding.read(np.array([3, 4]), np.array([0, 2]))
    embedding.batch(2, 7, 0.003)
    app = FastAPI()
    app.include_router(metric_routes([*requests.metrics(), *embedding.metrics()]))
    answer = ask(CountRequests(app, requests), "/metrics", method="GET")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    text = answer.body.decode()
    assert text.endswith("\n")
    for line in text.splitlines():
        assert line.startswith(("# HELP ", "# TYPE ")) or SAMPLE.fullmatch(line), line
    assert "leadgen_embedding_texts_total 2\n" in text
    assert "leadgen_embedding_tokens_total 7\n" in text
    assert "leadgen_embedding_truncated_texts_total 1\n" in text
    assert re.search(r"process_resident_memory_bytes \d{7,}\n", text)


def test_cloudwatch_is_told_what_is_new_since_its_last_line() -> None:
    measures = EmbeddingMeasures()
    assert measures.since_last() == {}
    measures.read(np.array([3, 4]), np.array([0, 2]))
    measures.batch(2, 7, 0.003)
    measures.hits.add(5)
    assert measures.since_last() == {
        "EmbeddedTexts": 2,
        "EmbeddedTokens": 7,
        "TruncatedTexts": 1,
        "CacheHits": 5,
        "BatchTexts": [2],
    }
    assert measures.since_last() == {}
    for _ in range(250):
        measures.batch(1, 7, 0.003)
    assert measures.since_last() == {"BatchTexts": [1] * 100}
