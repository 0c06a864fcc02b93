"""Problems in the OpenAPI document."""

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field

from functions.api.problems import MEDIA_TYPE


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    pointer: str | None = Field(None, description="JSON pointer (RFC 6901) to the value in the body.")
    parameter: str | None = Field(None, description="Name of the parameter in the path or query.")
    detail: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """A problem (RFC 9457)."""

    type: str = Field(description="Always `about:blank`: the status says what kind of problem it is.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened, and what to do about it.")
    instance: str = Field(description="`urn:request-id:` and the request's id.")
    request_id: str = Field(description="Also in the header `X-Request-Id` and in the log.")
    errors: list[Fault] | None = Field(None, description="The single faults, the first twenty.")


_MEANINGS = {
    400: "The body is no JSON (RFC 8259), or not in UTF-8.",
    404: "There is no such company.",
    413: "The body is larger than `LEADGEN_MAX_BODY_BYTES`.",
    415: "The body is not `application/json`.",
    422: "The request is well formed, but cannot be used; `errors` say why.",
    500: "An error of the server; the log has it under the request's id.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answers of an operation that are problems, for OpenAPI; 500 is always among them."""
    return {
        status: {
            "description": f"{HTTPStatus(status).phrase}. {_MEANINGS[status]}",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in (*statuses, 500)
    }
