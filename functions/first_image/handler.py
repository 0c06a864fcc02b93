"""Custom resource `Custom::Image`: a deployment starts a build, and the build's end answers CloudFormation.

A zip function that needs boto3 only; the zip holds this folder, its handler is `first_image.handler.handler`.

Environment: `LEADGEN_PROJECT`, the CodeBuild project. Properties of the resource: `SourceHash`, which changes when the
code does; optional `ReuseBundle` ("true" by default): bake the bundle in service again where its format can be read.

CloudFormation waits for an answer at a signed address
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html). The address travels in the
build's environment, and `functions/build_finished` answers there; this function answers only a deletion, and a build
that cannot be started.
"""

import json
import logging
import time
import urllib.request
from os import environ
from typing import Any

import boto3
from botocore.exceptions import ClientError

_log = logging.getLogger()
_log.setLevel(logging.INFO)
_PAUSE_SECONDS = 15
_RESERVE_SECONDS = 30
_MOST_REASON = 800


class ProjectBusyError(Exception):
    """The project runs another build."""


def handler(event: dict[str, Any], context: Any) -> None:
    """Starts one build for a request, however often it is delivered. Raises what an answer itself meets."""
    _log.info("request", extra={"request": event["RequestType"], "resource": event["LogicalResourceId"]})
    if event["RequestType"] == "Delete" or _rolls_back(event):
        # The image before is there still: a build for it could fail as well, and with it the way back.
        _answer(event, "SUCCESS")
        return
    try:
        build = _start_when_free(event, context)
    except ClientError as error:
        _log.exception("no build")
        _answer(event, "FAILED", f"No build could be started: {error}")
        return
    _log.info("build started", extra={"build": build})


def _rolls_back(event: dict[str, Any]) -> bool:
    stack = boto3.client("cloudformation").describe_stacks(StackName=event["StackId"])["Stacks"][0]
    return "ROLLBACK" in stack["StackStatus"]


def _start_when_free(event: dict[str, Any], context: Any) -> str:
    """Waits while another build occupies the project. Raises ProjectBusyError when this function must end.

    Lambda repeats a call that failed twice, so that it waits for three quarters of an hour.
    """
    while True:
        try:
            return _start(event)
        except ClientError as error:
            if not _is_busy(error):
                raise
        if context.get_remaining_time_in_millis() < 1000 * (_PAUSE_SECONDS + _RESERVE_SECONDS):
            raise ProjectBusyError("another build is still in progress")
        _log.info("another build is in progress")
        time.sleep(_PAUSE_SECONDS)


def _is_busy(error: ClientError) -> bool:
    """Rather than that the account may run no build at all, which waiting does not help."""
    said = error.response["Error"]
    return said["Code"] == "AccountLimitExceededException" and "for the account" not in said["Message"]


def _start(event: dict[str, Any]) -> str:
    reuse = event.get("ResourceProperties", {}).get("ReuseBundle", "true")
    variables = {
        "LEADGEN_REUSE_BUNDLE": reuse,
        "LEADGEN_RESPONSE_URL": event["ResponseURL"],
        "LEADGEN_STACK_ID": event["StackId"],
        "LEADGEN_REQUEST_ID": event["RequestId"],
        "LEADGEN_LOGICAL_ID": event["LogicalResourceId"],
    }
    started = boto3.client("codebuild").start_build(
        projectName=environ["LEADGEN_PROJECT"],
        environmentVariablesOverride=[{"name": n, "value": v, "type": "PLAINTEXT"} for n, v in variables.items()],
        idempotencyToken=event["RequestId"],
    )
    return started["build"]["id"]


def _answer(event: dict[str, Any], status: str, reason: str = "") -> None:
    """To a signed address of S3, which must see no content type; it takes 4096 bytes."""
    logical = event["LogicalResourceId"]
    body = {
        "Status": status,
        "Reason": reason[:_MOST_REASON],
        # Of the resource's name alone: another identifier after an update would delete the resource.
        "PhysicalResourceId": event.get("PhysicalResourceId", f"image-{logical}"),
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": logical,
    }
    url = event["ResponseURL"]
    if not url.startswith("https://"):
        raise ValueError("CloudFormation's ResponseURL is no https address.")
    content = json.dumps(body, ensure_ascii=False).encode()
    request = urllib.request.Request(url, content, {"Content-Type": ""}, method="PUT")  # noqa: S310
    urllib.request.urlopen(request, timeout=30).close()  # noqa: S310
