"""A server of text models under load: its queue, its limits, its metrics, and clients that leave."""

import re
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest
from leadgen.text.model import NeuralTextModel

KEY = "a-key-of-more-than-twenty-letters"
TEXT = "we make wind turbine blades in spain and lease trucks "
MANY = [f"{TEXT}{number}" for number in range(1024)]


@pytest.fixture(scope="module")
def busy(models_setting: str, serve_models: Callable[..., Any]) -> Iterator[Any]:
    """A server with the smallest queue."""
    settings = {"LEADGEN_QUEUE_TOKENS": "512", "LEADGEN_METRICS": "prometheus", "LEADGEN_EMBEDDING_CACHE_MB": "0"}
    with serve_models(LEADGEN_EMBEDDING_MODELS=models_setting, **settings) as server:
        yield server


@pytest.fixture(scope="module")
def guarded(models_setting: str, serve_models: Callable[..., Any]) -> Iterator[httpx.Client]:
    """A client with a key of a server that asks for one."""
    settings = {"LEADGEN_METRICS": "prometheus", "LEADGEN_API_KEYS": KEY}
    with (
        serve_models(LEADGEN_EMBEDDING_MODELS=models_setting, **settings) as server,
        httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {KEY}"}) as client,
    ):
        yield client


def metrics(client: httpx.Client) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    samples = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in samples}


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_many_clients_at_once_get_each_its_own_embeddings(texts: httpx.Client, neural: NeuralTextModel) -> None:
    def ask(number: int) -> Any:
        asked = [f"{TEXT} {number} {i}"[i:] for i in range(number % 7)]
        return asked, texts.post("/embed", json={"texts": asked}).json()["embeddings"]

    with ThreadPoolExecutor(16) as threads:
        for asked, embeddings in threads.map(ask, range(100)):
            expected = neural.encode(asked, "passage")
            np.testing.assert_allclose(np.reshape(embeddings, expected.shape), expected, atol=1e-5)


def test_beyond_its_queue_a_server_answers_429_and_says_when_to_come_back(busy: Any) -> None:
    bodies = {"/embed": {"texts": MANY}, "/v1/embeddings": {"input": MANY, "model": "acme/e5-tiny"}}
    limits = httpx.Limits(max_connections=24)
    with httpx.Client(base_url=busy.url, timeout=120, limits=limits) as client, ThreadPoolExecutor(24) as threads:

        def ask(path: str) -> httpx.Response:
            return client.post(path, json=bodies[path])

        answers = list(threads.map(ask, ["/embed", "/v1/embeddings"] * 12))
    assert {answer.status_code for answer in answers} == {200, 429}
    refused = [answer for answer in answers if answer.status_code == 429]
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    own = [answer.json() for answer in refused if answer.url.path == "/embed"]
    assert all(problem["status"] == 429 and "too many texts" in problem["detail"].lower() for problem in own)
    assert all("message" in answer.json()["error"] for answer in refused if answer.url.path != "/embed")
    with httpx.Client(base_url=busy.url) as client:
        assert client.post("/embed", json={"query": TEXT}).status_code == 200
        counted = metrics(client)
    assert counted["leadgen_embedding_refused_requests_total"] == len(refused)
    assert counted["leadgen_embedding_waiting_tokens"] == 0
    assert counted['leadgen_requests_total{method="POST",route="/embed",status="429"}'] == len(own)


def test_texts_of_a_client_that_left_are_not_computed(busy: Any) -> None:
    address = re.search(r"//([\d.]+):(\d+)", busy.url)
    assert address
    body = httpx.Request("POST", busy.url, json={"texts": MANY}).content
    head = f"POST /embed HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"

    def ask_and_leave(_: int) -> None:
        with socket.create_connection((address[1], int(address[2]))) as connection:
            connection.sendall(head.encode() + body)
            time.sleep(0.15)

    with httpx.Client(base_url=busy.url) as client, ThreadPoolExecutor(6) as threads:
        before = metrics(client)
        list(threads.map(ask_and_leave, range(6)))
        until(lambda: metrics(client)["leadgen_requests_in_progress"] == 1)
        after = metrics(client)
    gone = 'leadgen_requests_total{method="POST",route="/embed",status="499"}'
    assert after[gone] - before.get(gone, 0) >= 1
    texts = "leadgen_embedding_batch_texts_sum"
    assert after[texts] - before[texts] < 6 * len(MANY)
    assert '"status": 499' in busy.log.read_text()


def test_a_caller_beyond_its_rate_is_refused_in_the_shape_of_each_interface(
    models_setting: str, serve_models: Callable[..., Any]
) -> None:
    settings = {"LEADGEN_EMBEDDING_MODELS": models_setting, "LEADGEN_RATE_LIMIT": "2"}
    with serve_models(**settings) as server, httpx.Client(base_url=server.url) as client:
        for _ in range(2):
            assert client.post("/embed", json={"query": TEXT}).status_code == 200
        own, openai = client.post("/embed", json={"query": TEXT}), client.post("/v1/embeddings", json={"input": TEXT})
        assert client.get("/health").status_code == 200
    assert (own.status_code, openai.status_code) == (429, 429)
    assert 1 <= int(own.headers["retry-after"]) <= 30
    assert own.json()["detail"].startswith("This API takes 2 requests a minute")
    assert "message" in openai.json()["error"]


def test_repeated_texts_come_from_the_cache_and_are_counted(guarded: httpx.Client) -> None:
    answers = [guarded.post("/embed", json={"texts": [TEXT, "spain"]}).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    counted = metrics(guarded)
    assert counted["leadgen_embedding_cache_hits_total"] == 4
    assert counted["leadgen_embedding_cache_misses_total"] == 2
    assert counted["leadgen_embedding_texts_total"] == 6
    assert counted["leadgen_embedding_batch_texts_count"] == 1


def test_metrics_are_for_who_shows_a_key_and_only_where_they_are_asked_for(
    guarded: httpx.Client, texts: httpx.Client
) -> None:
    assert texts.get("/metrics").status_code == 404
    assert guarded.get("/metrics", headers={"Authorization": "guessed"}).status_code == 401
    answer = guarded.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE leadgen_request_seconds histogram\n" in answer.text
    document = guarded.get("/openapi.json").json()
    assert "text/plain" in document["paths"]["/metrics"]["get"]["responses"]["200"]["content"]
