"""CodeDeploy's BeforeAllowTraffic: the new version answers the bundle's own examples, or no traffic moves to it.

A zip function that needs boto3 only; the zip holds this folder, its handler is `before_traffic.handler.handler`.
CodeDeploy names the deployment, not the version, so the version's ARN is in the environment
(https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html).

Environment: `LEADGEN_VERSION` (ARN of the new version), `LEADGEN_BUNDLE` (id of the bundle it must serve; unchecked
where empty), `LEADGEN_REQUIRE_AUTHORIZER` (as the version's own: its check must let these events pass).
"""

import json
import logging
from functools import cache
from os import environ
from typing import Any, Literal

import boto3
from botocore.config import Config

_log = logging.getLogger()
_log.setLevel(logging.INFO)
_lambda = cache(lambda: boto3.client("lambda", config=Config(read_timeout=120, retries={"total_max_attempts": 2})))
_AUTHORIZERS: dict[str, Any] = {
    "iam": {"authorizer": {"iam": {"userArn": "before-traffic"}}},
    "jwt": {"authorizer": {"jwt": {"claims": {"sub": "before-traffic"}, "scopes": []}}},
    "api_key": {"identity": {"apiKeyId": "before-traffic"}},
}


class CheckError(Exception):
    """The new version does not do what it must."""


def handler(event: dict[str, Any], _context: Any) -> str:
    """What CodeDeploy is told; a deployment that is told nothing waits for an hour."""
    status = _outcome()
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status=status,
    )
    return status


def _outcome() -> Literal["Succeeded", "Failed"]:
    try:
        _check()
    except CheckError as error:
        _log.error("check failed", extra={"reason": str(error)})
        return "Failed"
    except Exception as error:  # noqa: BLE001 - whatever happens, CodeDeploy must hear of it
        # Its message might quote an answer, and an answer holds people.
        _log.error("check broken", extra={"error": type(error).__name__})
        return "Failed"
    return "Succeeded"


def _check() -> None:
    bundle = _ask("GET", "/health").get("bundle_id")
    expected = environ.get("LEADGEN_BUNDLE")
    if expected and bundle != expected:
        raise CheckError(f"GET /health names the bundle {bundle}, not {expected}.")
    document = _ask("GET", "/openapi.json")
    for path, operations in document["paths"].items():
        for body in _examples(document, operations.get("post", {})):
            _ask("POST", path, json.dumps(body))
            _log.info("answered", extra={"path": path})


def _examples(document: dict[str, Any], operation: dict[str, Any]) -> list[Any]:
    """The bodies that the document shows for an operation."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    described: dict[str, Any] = document.get("components", {}).get("schemas", {}).get(name, schema)
    examples: list[Any] = described.get("examples", [])
    return examples


def _ask(method: str, path: str, body: str | None = None) -> dict[str, Any]:
    """The answer's body. Raises CheckError unless its status is 200."""
    payload = json.dumps(_event(method, path, body)).encode()
    invoked = _lambda().invoke(FunctionName=environ["LEADGEN_VERSION"], Payload=payload)
    answer = json.loads(invoked["Payload"].read() or b"{}")
    if "FunctionError" in invoked or answer.get("statusCode") != 200:
        raise CheckError(f"{method} {path} answers {answer.get('statusCode') or invoked.get('FunctionError')}.")
    content: dict[str, Any] = json.loads(answer["body"])
    return content


def _event(method: str, path: str, body: str | None) -> dict[str, Any]:
    """API Gateway's payload 2.0, with the context that its authorizer adds.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "CodeDeploy"}
    context = {"http": http, "stage": "$default", "requestId": "before-traffic"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": context | _AUTHORIZERS.get(environ.get("LEADGEN_REQUIRE_AUTHORIZER", ""), {}),
        "body": body,
        "isBase64Encoded": False,
    }
