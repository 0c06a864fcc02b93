"""A page of a known origin asks a function that API Gateway guards: browsers show nothing with a preflight request."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from functions.api.schemas.problem import Problem

ORIGIN = "https://crm.example.com"
Event = Callable[..., dict[str, Any]]
SIGNED = "authorization,content-type,x-amz-date,x-amz-security-token"


@pytest.fixture(scope="module", params=["iam", "jwt"])
def guarded(request: pytest.FixtureRequest, run_function: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    """The authorizer and the function that asks for it."""
    settings = {"LEADGEN_REQUIRE_AUTHORIZER": request.param, "LEADGEN_CORS_ORIGINS": ORIGIN}
    with run_function(**settings) as function:
        yield request.param, function


@pytest.fixture(params=["http", "rest"])
def event(request: pytest.FixtureRequest) -> Event:
    return request.getfixturevalue(f"{request.param}_event")


def with_headers(event: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    event["headers"] |= headers
    if "multiValueHeaders" in event:
        event["multiValueHeaders"] |= {name: [value] for name, value in headers.items()}
    return event


def headers_of(answer: dict[str, Any]) -> dict[str, str]:
    """Of both shapes of an answer."""
    several = {name: values[-1] for name, values in answer.get("multiValueHeaders", {}).items()}
    return several | answer.get("headers", {})


def test_a_preflight_request_is_answered_without_authorisation(guarded: tuple[str, Any], event: Event) -> None:
    _, function = guarded
    asked = {"origin": ORIGIN, "access-control-request-method": "POST", "access-control-request-headers": SIGNED}
    answer = function.invoke(with_headers(event("OPTIONS", "/score_lead"), asked))
    assert answer["statusCode"] == 200, answer
    headers = headers_of(answer)
    assert headers["access-control-allow-origin"] == ORIGIN
    assert "POST" in headers["access-control-allow-methods"]
    assert set(SIGNED.split(",")) <= set(headers["access-control-allow-headers"].lower().replace(" ", "").split(","))


def test_a_page_of_a_known_origin_reads_the_refusal(guarded: tuple[str, Any], event: Event) -> None:
    authorizer, function = guarded
    answer = function.invoke(with_headers(event("POST", "/score_lead", "{}"), {"origin": ORIGIN}))
    assert answer["statusCode"] == {"iam": 403, "jwt": 401}[authorizer]
    assert headers_of(answer)["access-control-allow-origin"] == ORIGIN
    assert Problem.model_validate_json(answer["body"]).status == answer["statusCode"]


def test_other_origins_are_let_in_by_neither(guarded: tuple[str, Any], event: Event) -> None:
    _, function = guarded
    other = {"origin": "https://elsewhere.example", "access-control-request-method": "POST"}
    for method in ("OPTIONS", "POST"):
        answer = function.invoke(with_headers(event(method, "/score_lead"), other))
        assert "access-control-allow-origin" not in headers_of(answer)
        assert answer["statusCode"] in (400, 401, 403)


def test_an_options_request_that_asks_for_no_method_is_no_way_around(guarded: tuple[str, Any], event: Event) -> None:
    authorizer, function = guarded
    answer = function.invoke(with_headers(event("OPTIONS", "/score_lead"), {"origin": ORIGIN}))
    assert answer["statusCode"] == {"iam": 403, "jwt": 401}[authorizer]
