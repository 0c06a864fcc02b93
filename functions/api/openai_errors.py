"""Refusals below `/v1` in OpenAI's shape, which its clients turn into their own exceptions.

https://platform.openai.com/docs/guides/error-codes; the request's id is in the header `X-Request-Id`, as there.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response
from starlette.types import Scope

_CODES = {401: "invalid_api_key", 405: "method_not_supported", 429: "rate_limit_exceeded"}


def speaks_openai(scope: Scope) -> bool:
    """Whether the request is for an operation of OpenAI's."""
    path = str(scope.get("path", "")).removeprefix(scope.get("root_path", ""))
    return path == "/v1" or path.startswith("/v1/")


def openai_response(
    status: int,
    detail: str,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    code: str | None = None,
) -> Response:
    """The refusal; what is well formed but wrong is a bad request there, and says which field it is about."""
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        status = HTTPStatus.BAD_REQUEST
    fault: dict[str, Any] = {
        "message": detail,
        "type": _type(status),
        "param": _parameter(errors[0]) if errors else None,
        "code": code or _CODES.get(status),
    }
    return Response(to_json({"error": fault}), status, headers, "application/json")


def _type(status: int) -> str:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "rate_limit_error"
    return "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"


def _parameter(fault: Mapping[str, str]) -> str | None:
    """`input[3]` for the JSON pointer `#/input/3`."""
    if "parameter" in fault:
        return fault["parameter"]
    steps = [step.replace("~1", "/").replace("~0", "~") for step in fault["pointer"].split("/")[1:]]
    named = (f"[{step}]" if step.isdigit() else f".{step}" for step in steps)
    return "".join(named).removeprefix(".") or None
