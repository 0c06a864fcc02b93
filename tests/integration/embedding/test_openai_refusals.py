"""Below `/v1` every refusal has OpenAI's shape."""

from typing import Any

import httpx
import pytest

from functions.api.schemas.openai_answers import OpenAIError

MODEL = "acme/e5-tiny"


def refused(answer: httpx.Response, status: int) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    return OpenAIError.model_validate_json(answer.content, strict=True).error


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": [""]}, "input"),
        ({"input": ["a", 1]}, "input"),
        ({"input": [1, "a"]}, "input"),
        ({"input": [[]]}, "input"),
        ({"input": [[1], 2]}, "input"),
        ({"input": [-1]}, "input"),
        ({"input": [1.5]}, "input"),
        ({"input": [True]}, "input"),
        ({"input": None}, "input"),
        ({"input": [99]}, "input"),
        ({"input": [2**80]}, "input"),
        ({"input": ["a"] * 2049}, "input"),
        ({"model": 7}, "model"),
        ({"dimensions": 33}, "dimensions"),
        ({"dimensions": "8"}, "dimensions"),
        ({"encoding_format": "hex"}, "encoding_format"),
        ({"user": 1}, "user"),
        ({"stream": True}, "stream"),
        ({"truncate": "middle"}, "truncate"),
        ({"input": [1], "long_text": "window"}, "input"),
        ({"input": [1], "model": "hashing"}, "input"),
    ],
)
def test_a_field_that_cannot_be_used_is_a_bad_request_that_names_it(
    texts: httpx.Client, change: dict[str, Any], param: str
) -> None:
    body = {"model": MODEL, "input": "spain"} | change
    error = refused(texts.post("/v1/embeddings", json=body), 400)
    assert (error.type, error.param) == ("invalid_request_error", param)


@pytest.mark.parametrize("absent", ["model", "input"])
def test_a_field_that_is_absent_is_named(texts: httpx.Client, absent: str) -> None:
    body = {name: "spain" for name in ("model", "input") if name != absent}
    assert refused(texts.post("/v1/embeddings", json=body), 400).param == absent


def test_what_the_framework_refuses(texts: httpx.Client) -> None:
    assert refused(texts.get("/v1/nothing"), 404).type == "invalid_request_error"
    assert refused(texts.get("/v1/embeddings"), 405).code == "method_not_supported"
    assert refused(texts.post("/v1/models"), 405).code == "method_not_supported"
    plain = {"content-type": "text/plain"}
    assert refused(texts.post("/v1/embeddings", content=b"{}", headers=plain), 415).code is None
    json = {"content-type": "application/json"}
    assert "no JSON" in refused(texts.post("/v1/embeddings", content=b"{", headers=json), 400).message
    assert refused(texts.post("/v1/embeddings", content=b" " * 2_097_153, headers=json), 413).type == (
        "invalid_request_error"
    )


def test_elsewhere_refusals_are_problems(texts: httpx.Client) -> None:
    for answer in (texts.get("/nothing"), texts.get("/embed"), texts.get("/v10/models")):
        assert answer.headers["content-type"] == "application/problem+json"
