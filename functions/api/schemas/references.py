"""The answers of an operation as references into the OpenAPI document.

Their models are only imported when the document is asked for: building them would cost a cold start 50 ms.
"""

from http import HTTPStatus
from typing import Any

from functions.api.problems import MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]

_MEANINGS = {
    400: "The body is no JSON (RFC 8259), or not in UTF-8.",
    404: "There is nothing with this id, or no run that fits.",
    413: "The body is larger than `LEADGEN_MAX_BODY_BYTES`.",
    415: "The body is not `application/json`.",
    422: "The request is well formed, but cannot be used; `errors` say why.",
    503: "The database does not answer, or the run's text model is not served; `detail` says what to do.",
    500: "An error of the server; the log has it under the request's id.",
}


def answered(model: str, *problems: int) -> Responses:
    """200 with this model of `schemas`, and problems with these statuses; 500 is always among them."""
    content = {"application/json": {"schema": _reference(model)}}
    found: Responses = {200: {"description": "The answer.", "content": content}}
    for status in (*problems, 500):
        found[status] = {
            "description": f"{HTTPStatus(status).phrase}. {_MEANINGS[status]}",
            "content": {MEDIA_TYPE: {"schema": _reference("Problem")}},
        }
    return found


def _reference(model: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model}"}
