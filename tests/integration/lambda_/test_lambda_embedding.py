"""Texts embedded in Lambda: directly, and never more than its answer can hold."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from functions.api.schemas.embedded import Embeddings

Event = Callable[..., dict[str, Any]]
MOST_BYTES = 6 * 1024**2


@pytest.fixture(params=["http", "rest"])
def event(request: pytest.FixtureRequest) -> Event:
    return request.getfixturevalue(f"{request.param}_event")


def test_texts_are_embedded(function: Any, event: Event) -> None:
    answer = function.invoke(event("POST", "/embed", json.dumps({"query": ["wind", "für Logistik 🚚"]})))
    found = Embeddings.model_validate_json(answer["body"], strict=True)
    assert found.count == 2
    np.testing.assert_allclose(np.linalg.norm(found.embeddings, axis=1), 1, atol=1e-5)


def test_openais_operations_are_there(function: Any, http_event: Event) -> None:
    models = json.loads(function.invoke(http_event("GET", "/v1/models"))["body"])["data"]
    body = {"model": models[0]["id"], "input": "wind", "encoding_format": "base64"}
    answer = function.invoke(http_event("POST", "/v1/embeddings", json.dumps(body)))
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, False)
    assert isinstance(json.loads(answer["body"])["data"][0]["embedding"], str)
    refused = json.loads(function.invoke(http_event("GET", "/v1/nothing"))["body"])
    assert refused["error"]["type"] == "invalid_request_error"


def test_more_than_an_answer_can_hold_is_refused_before_it_is_computed(function: Any, http_event: Event) -> None:
    dimension = json.loads(function.invoke(http_event("GET", "/health"))["body"])["embedding_dimension"]
    answer = function.invoke(http_event("POST", "/embed/batch", json.dumps(["a"] * 2048)))
    assert answer["statusCode"] == 422
    most = int(json.loads(answer["body"])["detail"].rpartition("at most ")[2].split()[0])
    fits = function.invoke(http_event("POST", "/embed/batch", json.dumps(["a"] * most)))
    assert fits["statusCode"] == 200
    assert most * dimension * 12 < len(json.dumps(fits)) < MOST_BYTES
