"""Every error of the API as RFC 9457 `application/problem+json`, with the request's id and never a stack trace.

Below `/v1`, whose operations are OpenAI's, in OpenAI's own shape.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from leadgen.companies import QueryError, UnknownCompanyError
from leadgen.rows import FilterError
from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from functions.api.openai_errors import openai_response, speaks_openai

MEDIA_TYPE = "application/problem+json"
REQUEST_ID = "leadgen.request_id"
"""Key of the ASGI scope under which `RequestContext` leaves the request's id."""


class ProblemError(HTTPException):
    """An answer other than the one asked for. `errors` name single faults, as `Fault` describes; `code` is OpenAI's."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.errors = errors
        self.code = code


def body_fault(detail: str, *path: str | int) -> dict[str, str]:
    """A fault of the value at `path` of the body, as a JSON pointer (RFC 6901)."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return {"pointer": "#" + "".join(f"/{step}" for step in steps), "detail": detail}


def problem_response(
    scope: Scope,
    status: int,
    detail: str,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    code: str | None = None,
) -> Response:
    """The answer itself; below `/v1` in OpenAI's shape, which alone has a `code`."""
    if speaks_openai(scope):
        return openai_response(status, detail, errors, headers, code)
    identifier = str(scope.get(REQUEST_ID, ""))
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": f"urn:request-id:{identifier}",
        "request_id": identifier,
    }
    if errors:
        content["errors"] = errors
    return Response(to_json(content), status, headers, MEDIA_TYPE)


def handle_problems(app: Starlette) -> None:
    """Answer every refusal of framework and library as a problem."""
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(UnknownCompanyError, _on_unknown)
    app.add_exception_handler(QueryError, _on_query)
    app.add_exception_handler(FilterError, _on_query)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = str(error.detail)
    if detail == HTTPStatus(error.status_code).phrase:
        detail = _EXPLAINED.get(error.status_code, detail)
    errors, code = (error.errors, error.code) if isinstance(error, ProblemError) else ((), None)
    return problem_response(request.scope, error.status_code, detail, errors, error.headers, code)


async def _on_unknown(request: Request, error: Exception) -> Response:
    return problem_response(request.scope, HTTPStatus.NOT_FOUND, f"{error}.")


async def _on_query(request: Request, error: Exception) -> Response:
    return problem_response(request.scope, HTTPStatus.UNPROCESSABLE_ENTITY, f"{error}.")


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [_fault(entry) for entry in error.errors()]
    where = "body" if any("pointer" in fault for fault in faults) else "parameters"
    plural = "s" if len(faults) > 1 else ""
    detail = f"The {where} cannot be used: {len(faults)} problem{plural}, the first is {faults[0]['detail']!r}."
    return problem_response(request.scope, HTTPStatus.UNPROCESSABLE_ENTITY, detail, faults[:_MOST_FAULTS])


def _fault(entry: Mapping[str, Any]) -> dict[str, str]:
    """One validation error without the value that caused it: it may be personal, and the caller has it."""
    place, *path = entry["loc"]
    if place == "body":
        return body_fault(entry["msg"], *path)
    return {"parameter": ".".join(map(str, path)), "detail": entry["msg"]}


_MOST_FAULTS = 20
_EXPLAINED = {
    404: "There is nothing at this address; GET / lists what there is.",
    405: "This address does not answer this method; see the header Allow.",
}
