"""Requests read strictly: JSON by RFC 8259 in UTF-8 with the right media type, and no parameter unknown."""

from collections.abc import Callable, Coroutine, Set
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic_core import from_json

from functions.api.problems import ProblemError


class JsonRequest(Request):
    """A request whose body is parsed by pydantic's parser, which is quick and limits nesting and digits.

    NaN and Infinity pass here, so that the refusal can name the field that holds them.
    """

    async def json(self) -> Any:
        """Raises ProblemError 400 for what is no JSON, half a surrogate pair included (RFC 7493, 2.1)."""
        try:
            return from_json(await self.body())
        except ValueError as error:
            raise ProblemError(HTTPStatus.BAD_REQUEST, f"The body is no JSON: {error}.") from error


class JsonRoute(APIRoute):
    """A route whose body, where it has one, must be JSON, and which refuses parameters that it does not know."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, behind the checks that it does not make."""
        handle = super().get_route_handler()
        has_body = self.body_field is not None
        known = _query_names(self.dependant)

        async def strict(request: Request) -> Response:
            refuse_unknown(request, known)
            strictly = JsonRequest(request.scope, request.receive)
            if has_body and not is_json(request.headers.get("content-type")) and await strictly.body():
                raise ProblemError(
                    HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The header Content-Type must be application/json."
                )
            return await handle(strictly)

        return strict


def _query_names(dependant: Dependant) -> set[str]:
    own = {parameter.alias for parameter in dependant.query_params}
    return own.union(*map(_query_names, dependant.dependencies))


def refuse_unknown(request: Request, known: Set[str]) -> None:
    """Raises ProblemError 422 for a parameter of the query that is not among these."""
    unknown = sorted(set(request.query_params) - known) if request.scope["query_string"] else []
    if unknown:
        there = f"known: {', '.join(sorted(known))}" if known else "this operation takes none"
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"The query has unknown parameters; {there}.",
            [{"parameter": name[:100], "detail": "Unknown parameter"} for name in unknown[:20]],
        )


def is_json(content_type: str | None) -> bool:
    """Whether the media type is JSON's, or one that ends in `+json` (RFC 6839, 3.1)."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    kind, _, subtype = media_type.partition("/")
    return kind == "application" and (subtype == "json" or subtype.endswith("+json"))
