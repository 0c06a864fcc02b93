"""What the database refuses, as problems: nothing of the server's own words, which name hosts and users."""

import logging
from collections.abc import AsyncIterator
from http import HTTPStatus

import psycopg
from leadgen.database.comparison import NotComparableError
from leadgen.database.connection import DatabaseUnavailableError
from leadgen.database.cursor import CursorError
from leadgen.database.query_model import OtherTextModelError
from leadgen.database.reading import NotFoundError
from leadgen.errors import ConfigurationError, LeadgenError, ModelError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from functions.api.problems import REQUEST_ID, body_fault, problem_response

_log = logging.getLogger(__name__)
_RETRY_AFTER = {"Retry-After": "5"}
_AWAY = "The database does not answer; ask again in a few seconds."
_UNUSABLE = "The database cannot be used as it is configured; the log says why, under the request's id."
_SLOW = "The database took longer than LEADGEN_DATABASE_TIMEOUT_SECONDS; ask for less, or again later."


class UnusableDatabaseError(LeadgenError):
    """What answers about topics and themes is configured wrongly: the database, or the text model."""


async def configured() -> AsyncIterator[None]:
    """A dependency of these operations: only here do ModelError and ConfigurationError speak of the database.

    Raises UnusableDatabaseError in their place.
    """
    try:
        yield
    except (ModelError, ConfigurationError) as error:
        raise UnusableDatabaseError(str(error)) from error


def handle_database_problems(app: Starlette) -> None:
    """Answer what the database's queries raise."""
    app.add_exception_handler(NotFoundError, _on_missing)
    app.add_exception_handler(CursorError, _on_cursor)
    app.add_exception_handler(NotComparableError, _on_not_comparable)
    app.add_exception_handler(OtherTextModelError, _on_other_model)
    app.add_exception_handler(UnusableDatabaseError, _on_unusable)
    app.add_exception_handler(DatabaseUnavailableError, _on_away)
    app.add_exception_handler(PoolTimeoutError, _on_away)
    app.add_exception_handler(DBAPIError, _on_statement)


def _on_missing(request: Request, error: Exception) -> Response:
    return problem_response(request.scope, HTTPStatus.NOT_FOUND, f"{error}.")


def _on_cursor(request: Request, error: Exception) -> Response:
    detail = f"{error}; give back `next_cursor` of the page before, with the same question."
    here = {"parameter": "cursor", "detail": detail} if request.method == "GET" else body_fault(detail, "cursor")
    return problem_response(request.scope, HTTPStatus.UNPROCESSABLE_ENTITY, detail, [here])


def _on_not_comparable(request: Request, error: Exception) -> Response:
    return problem_response(request.scope, HTTPStatus.UNPROCESSABLE_ENTITY, f"{error}.")


def _on_other_model(request: Request, error: Exception) -> Response:
    return problem_response(request.scope, HTTPStatus.SERVICE_UNAVAILABLE, f"{error}.")


def _on_unusable(request: Request, error: Exception) -> Response:
    _report(request, str(error))
    return problem_response(request.scope, HTTPStatus.SERVICE_UNAVAILABLE, _UNUSABLE)


def _on_away(request: Request, error: Exception) -> Response:
    _report(request, str(error))
    return problem_response(request.scope, HTTPStatus.SERVICE_UNAVAILABLE, _AWAY, headers=_RETRY_AFTER)


def _on_statement(request: Request, error: Exception) -> Response:
    """What is neither too slow, nor a value, nor a missing table or right is a mistake of ours: raised again."""
    assert isinstance(error, DBAPIError)
    cause = error.orig
    if isinstance(cause, psycopg.errors.QueryCanceled):
        return problem_response(request.scope, HTTPStatus.SERVICE_UNAVAILABLE, _SLOW, headers=_RETRY_AFTER)
    if isinstance(cause, psycopg.DataError):
        return problem_response(
            request.scope, HTTPStatus.UNPROCESSABLE_ENTITY, "A value is out of the database's range."
        )
    if isinstance(cause, psycopg.errors.UndefinedTable | psycopg.errors.InsufficientPrivilege):
        _report(request, str(cause))
        return problem_response(request.scope, HTTPStatus.SERVICE_UNAVAILABLE, _UNUSABLE)
    raise error


def _report(request: Request, reason: str) -> None:
    fields = {"request_id": str(request.scope.get(REQUEST_ID, "")), "reason": reason}
    _log.error("the database cannot be used", extra={"fields": fields})
