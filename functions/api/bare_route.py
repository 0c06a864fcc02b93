"""Operations that are called so often that what FastAPI does for a request is left out; it documents them."""

from collections.abc import Callable, Coroutine, Set
from http import HTTPStatus
from typing import Any, TypeVar

from anyio.to_thread import run_sync
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from functions.api.json_route import is_json, refuse_unknown
from functions.api.problems import ProblemError
from functions.api.schemas.references import reference

Model = TypeVar("Model", bound=BaseModel)
# Written within a millisecond.
_QUICK_TEXTS = 32
_JSON = (b"content-type", b"application/json")


class BareRoute(APIRoute):
    """A route whose endpoint, a coroutine function, takes the request as it comes and answers a response."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint itself."""
        return self.endpoint


def takes(model: type[BaseModel]) -> dict[str, Any]:
    """What the document says of an endpoint that reads its body as this model."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": reference(model.__name__)}}}}


async def read_body(request: Request, model: type[Model], known: Set[str] = frozenset()) -> Model:
    """The body, which must be JSON that `model` accepts; the query holds no parameters but these.

    Raises ProblemError 400, 415 or 422, or RequestValidationError.
    """
    if request.scope["query_string"]:
        refuse_unknown(request, known)
    if _JSON not in request.scope["headers"] and not is_json(request.headers.get("content-type")):
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The header Content-Type must be application/json.")
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        raise _refusal(error, "body") from None


def read_parameters(request: Request, model: type[Model], known: Set[str]) -> Model:
    """The query's parameters as `model`; of one that comes twice the last.

    Raises ProblemError 422 for one that is not known, or RequestValidationError.
    """
    refuse_unknown(request, known)
    try:
        return model.model_validate_strings(dict(request.query_params))
    except ValidationError as error:
        raise _refusal(error, "query") from None


async def written(texts: int, write: Callable[[], bytes]) -> Response:
    """The JSON that `write` makes of so many texts; of many beside the event loop, which answers others meanwhile."""
    body = write() if texts <= _QUICK_TEXTS else await run_sync(write)
    return Response(body, media_type="application/json")


def _refusal(error: ValidationError, place: str) -> Exception:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    if faults[0]["type"] == "json_invalid":
        reason = faults[0]["msg"].removeprefix("Invalid JSON: ")
        return ProblemError(HTTPStatus.BAD_REQUEST, f"The body is no JSON: {reason}.")
    return RequestValidationError([{**fault, "loc": (place, *fault["loc"])} for fault in faults])
