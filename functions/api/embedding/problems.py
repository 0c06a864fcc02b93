"""What embedding refuses, as problems."""

from dataclasses import dataclass
from http import HTTPStatus

from leadgen.text.model import TooLongError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from functions.api.embedding.pool import DeadlineError, QueueFullError
from functions.api.embedding.registry import UnknownModelError
from functions.api.problems import ProblemError, body_fault, problem_response


def handle_embedding_problems(app: Starlette) -> None:
    """Answer what is refused whatever the operation."""
    app.add_exception_handler(UnknownModelError, _on_unknown_model)
    app.add_exception_handler(QueueFullError, _on_full)
    app.add_exception_handler(DeadlineError, _on_late)


@dataclass(frozen=True, slots=True)
class Place:
    """Where texts stand in a body: in a list at `path`, or, where there is `one`, alone."""

    path: tuple[str | int, ...] = ()
    one: bool = False

    def of(self, position: int) -> tuple[str | int, ...]:
        """Where the text at a position stands."""
        return self.path if self.one else (*self.path, position)


def too_long(error: TooLongError, place: Place) -> ProblemError:
    """The refusal of a text, in words that OpenAI's clients know."""
    detail = (
        f"This model's maximum context length is {error.limit} tokens, however you requested {error.tokens} tokens; "
        "shorten the text, or set `truncate` or `long_text`"
    )
    fault = body_fault(detail, *place.of(error.position))
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"{detail}.", [fault], code="context_length_exceeded")


def unusable(detail: str, *place: str | int) -> ProblemError:
    """The refusal of the value at this place of the body; `detail` without a full stop."""
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"{detail}.", [body_fault(detail, *place)])


async def _on_unknown_model(request: Request, error: Exception) -> Response:
    faults = [body_fault("Unknown model", "model")] if request.method == "POST" else []
    return problem_response(request.scope, HTTPStatus.NOT_FOUND, f"{error}.", faults, code="model_not_found")


async def _on_full(request: Request, error: Exception) -> Response:
    assert isinstance(error, QueueFullError)
    headers = {"Retry-After": str(error.retry_after_seconds)}
    return problem_response(request.scope, HTTPStatus.TOO_MANY_REQUESTS, _sentence(error), headers=headers)


async def _on_late(request: Request, error: Exception) -> Response:
    return problem_response(request.scope, HTTPStatus.SERVICE_UNAVAILABLE, _sentence(error))


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
