"""API Gateway's events of both shapes through the real runtime."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from functions.api.schemas.problem import Problem
from functions.api.schemas.scored import ScoredLead

LEAD = {"bio": "Builds data platforms — für Logistik 🚚", "industry": "Software", "web_activity_score": 70}
Event = Callable[..., dict[str, Any]]


@pytest.fixture(params=["http", "rest"])
def event(request: pytest.FixtureRequest) -> Event:
    return request.getfixturevalue(f"{request.param}_event")


def test_a_lead_is_scored(function: Any, event: Event) -> None:
    answer = function.invoke(event("POST", "/score_lead", json.dumps(LEAD)))
    assert answer["statusCode"] == 200
    assert answer["isBase64Encoded"] is False
    scored = ScoredLead.model_validate_json(answer["body"], strict=True)
    assert len(scored.neighbor_ids) == 10


def test_a_binary_body_is_the_same_lead(function: Any, event: Event) -> None:
    raw = json.dumps(LEAD, ensure_ascii=False).encode()
    binary = function.invoke(event("POST", "/score_lead", base64.b64encode(raw).decode(), base64=True))
    plain = function.invoke(event("POST", "/score_lead", raw.decode()))
    assert json.loads(binary["body"]) == json.loads(plain["body"])


def test_bytes_that_are_no_text_are_a_problem_in_plain_text(function: Any, event: Event) -> None:
    body = base64.b64encode(bytes(range(256))).decode()
    answer = function.invoke(event("POST", "/score_lead", body, base64=True))
    assert answer["statusCode"] == 400
    assert answer["isBase64Encoded"] is False
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert Problem.model_validate_json(answer["body"]).status == 400


def test_the_request_id_is_lambdas(function: Any, event: Event) -> None:
    answer = function.invoke(event("GET", "/nothing"))
    problem = Problem.model_validate_json(answer["body"])
    assert problem.request_id == answer["headers"]["x-request-id"]
    assert f"RequestId: {problem.request_id}" in function.log.read_text()


def test_a_path_holds_any_id(function: Any, event: Event) -> None:
    answer = function.invoke(event("GET", f"/companies/{quote('a/b c')}"))
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["company_id"] == "a/b c"


def test_a_query_reaches_the_operation(function: Any, http_event: Event) -> None:
    query = "neighbors=2&explain=false"
    answer = function.invoke(http_event("POST", "/score_lead", json.dumps(LEAD), query=query))
    assert len(json.loads(answer["body"])["neighbor_ids"]) == 2


def test_a_stage_is_no_part_of_the_path_and_of_every_link(function: Any, http_event: Event, rest_event: Event) -> None:
    for event in (http_event("GET", "/", stage="prod"), rest_event("GET", "/")):
        answer = function.invoke(event)
        assert json.loads(answer["body"])["openapi"] == "/prod/openapi.json"


def test_a_body_beyond_the_limit_is_refused(function: Any, event: Event) -> None:
    answer = function.invoke(event("POST", "/score_lead", " " * 2_097_153))
    assert answer["statusCode"] == 413


def test_the_documentation_is_served(function: Any, event: Event) -> None:
    assert "swagger" in function.invoke(event("GET", "/docs"))["body"]
