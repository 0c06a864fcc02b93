"""The answers of an operation as references into the OpenAPI document.

Their models are only imported when the document is asked for: building them would cost a cold start 50 ms.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from functions.api.problems import MEDIA_TYPE


def reference(model: str) -> dict[str, str]:
    """To this model."""
    return {"$ref": f"#/components/schemas/{model}"}


PROBLEM = {MEDIA_TYPE: {"schema": reference("Problem")}}
OPENAI_ERROR = {"application/json": {"schema": reference("OpenAIError")}}

Responses = dict[int | str, dict[str, Any]]

_MEANINGS = {
    400: "The body is no JSON (RFC 8259), or not in UTF-8; below `/v1` also what is 422 elsewhere.",
    404: "There is nothing with this id or name, or no run that fits.",
    413: "The body is larger than `LEADGEN_MAX_BODY_BYTES`.",
    415: "The body is not `application/json`.",
    422: "The request is well formed, but cannot be used; `errors` say why.",
    429: "Too much is waiting already; the header Retry-After says when to come back.",
    503: "What the answer needs is away, not served, or took too long; `detail` says what to do.",
    500: "An error of the server; the log has it under the request's id.",
}


def answered(model: str, *problems: int) -> Responses:
    """200 with this model of `schemas`, and problems with these statuses; 500 is always among them."""
    return _documented(model, problems, PROBLEM)


def answered_as_openai(model: str, *errors: int) -> Responses:
    """The same for operations below `/v1`, whose refusals have OpenAI's shape."""
    return _documented(model, errors, OPENAI_ERROR)


def _documented(model: str, refusals: Sequence[int], refusal: dict[str, Any]) -> Responses:
    content = {"application/json": {"schema": reference(model)}}
    found: Responses = {200: {"description": "The answer.", "content": content}}
    for status in (*refusals, 500):
        found[status] = {"description": f"{HTTPStatus(status).phrase}. {_MEANINGS[status]}", "content": refusal}
    return found
