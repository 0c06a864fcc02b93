"""Refuse an event that API Gateway did not authorise, whoever may have invoked the function with it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal

from starlette.types import ASGIApp, Receive, Scope, Send

from functions.api.problems import problem_response

Authorizer = Literal["iam", "jwt", "api_key"]
_REFUSALS = {
    "iam": "Requests to this API are signed with AWS Signature Version 4, for the service `execute-api`.",
    "jwt": "Requests to this API carry a token: `Authorization: Bearer …`.",
    "api_key": "Requests to this API carry a key: `x-api-key: …`.",
}


class GatewayAuthorization:
    """Looks for what the authorizer leaves in the request's context, in Lambda's events of both payload formats.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html (2.0) and
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html (1.0).
    """

    def __init__(self, app: ASGIApp, authorizer: Authorizer) -> None:
        self._app = app
        self._authorizer = authorizer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 401 for an absent token, 403 for an absent signature or key, as API Gateway itself does."""
        if scope["type"] != "http" or self._authorized(scope.get("aws.event", {}).get("requestContext", {})):
            await self._app(scope, receive, send)
            return
        token = self._authorizer == "jwt"
        status = HTTPStatus.UNAUTHORIZED if token else HTTPStatus.FORBIDDEN
        headers = {"WWW-Authenticate": "Bearer"} if token else {}
        await problem_response(scope, status, _REFUSALS[self._authorizer], headers=headers)(scope, receive, send)

    def _authorized(self, context: Mapping[str, Any]) -> bool:
        authorizer, identity = context.get("authorizer") or {}, context.get("identity") or {}
        if self._authorizer == "iam":
            return bool((authorizer.get("iam") or {}).get("userArn") or identity.get("userArn"))
        if self._authorizer == "jwt":
            return bool((authorizer.get("jwt") or authorizer).get("claims"))
        return bool(identity.get("apiKeyId"))
