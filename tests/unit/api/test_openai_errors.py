"""Refusals below `/v1`."""

import json

import pytest

from functions.api.openai_errors import openai_response, speaks_openai
from functions.api.problems import body_fault


@pytest.mark.parametrize(
    ("path", "root_path", "expected"),
    [
        ("/v1/embeddings", "", True),
        ("/v1", "", True),
        ("/prod/v1/models", "/prod", True),
        ("/v1beta/models", "", False),
        ("/prod/v1/models", "", False),
        ("/embed", "", False),
    ],
)
def test_only_what_is_below_v1_speaks_openai(path: str, root_path: str, *, expected: bool) -> None:
    assert speaks_openai({"path": path, "root_path": root_path}) is expected


@pytest.mark.parametrize(
    ("place", "param"), [(("input", 3), "input[3]"), (("input",), "input"), ((), None), (("a/b", "c"), "a/b.c")]
)
def test_a_fault_is_named_as_openai_does(place: tuple[str | int, ...], param: str | None) -> None:
    error = json.loads(openai_response(422, "No.", [body_fault("No", *place)]).body)["error"]
    assert (error["param"], error["message"]) == (param, "No.")


@pytest.mark.parametrize(
    ("status", "answered", "kind", "code"),
    [
        (422, 400, "invalid_request_error", None),
        (401, 401, "invalid_request_error", "invalid_api_key"),
        (405, 405, "invalid_request_error", "method_not_supported"),
        (429, 429, "rate_limit_error", "rate_limit_exceeded"),
        (500, 500, "server_error", None),
        (503, 503, "server_error", None),
    ],
)
def test_statuses_have_openais_types_and_codes(status: int, answered: int, kind: str, code: str | None) -> None:
    response = openai_response(status, "No.", headers={"Retry-After": "3"})
    error = json.loads(response.body)["error"]
    assert (response.status_code, error["type"], error["code"]) == (answered, kind, code)
    assert response.headers["retry-after"] == "3"
