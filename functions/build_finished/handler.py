"""What follows a build: CloudFormation is answered, a rollout starts, or somebody is told why there is none.

A build that describes companies is started again until its run is complete.

A zip function that needs boto3 only; the zip holds this folder, its handler is `build_finished.handler.handler`. It
receives `CodeBuild Build State Change` events of the project with the build-status SUCCEEDED, FAILED, STOPPED,
TIMED_OUT and FAULT, each at least once
(https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html).

Environment: `LEADGEN_PARAMETER_PREFIX` (such as `/leadgen-dev`), `LEADGEN_DATA_BUCKET`, `LEADGEN_TURNS` (URL of
the FIFO queue of `functions/rollout`), `LEADGEN_NOTICE_TOPIC` (ARN), `LEADGEN_DESCRIPTIONS_SCHEDULE` (its name).
Of a build that describes companies it reads `LEADGEN_DESCRIBED`, and counts by `LEADGEN_DESCRIBE_TRY`.
"""

import json
import logging
import urllib.request
from functools import cache
from os import environ
from typing import Any

import boto3
from botocore.exceptions import ClientError

from .descriptions import MOST_TRIES, TRY, is_unfinished, start_again

_log = logging.getLogger()
_log.setLevel(logging.INFO)
_MOST_REASON = 800
_ssm = cache(lambda: boto3.client("ssm"))


def handler(event: dict[str, Any], _context: Any) -> None:
    """Acts on the end of the build that the event names."""
    identifier, status = event["detail"]["build-id"].rpartition(":build/")[2], event["detail"]["build-status"]
    _log.info("build", extra={"build": identifier, "status": status})
    if status == "IN_PROGRESS":
        return
    build: Any = boto3.client("codebuild").batch_get_builds(ids=[identifier])["builds"][0]
    variables = {entry["name"]: entry["value"] for entry in build["environment"]["environmentVariables"]}
    if "LEADGEN_RESPONSE_URL" in variables:
        _end_deployment(build, status, variables)
    elif TRY in variables:
        _end_describing(build, status, int(variables[TRY]))
    elif status == "SUCCEEDED":
        _start_rollout(build["id"])
    else:
        text = f"The build {build['id']} ended as {status}; what is in service stays.\n\n{_why(build)}"
        _notify(f"rebuild {_spoken(status)}", text, build)


def _end_deployment(build: dict[str, Any], status: str, variables: dict[str, str]) -> None:
    """The image that a deployment waits for becomes the one in service; the next stack deploys it."""
    if status != "SUCCEEDED":
        _answer(variables, "FAILED", f"The build {build['id']} ended as {status}. {_why(build)}")
        return
    release = json.loads(_parameter("release"))
    refusal = _refusal(build["id"], release)
    if refusal:
        _answer(variables, "FAILED", refusal)
        return
    for name in ("digest", "bundle"):
        _ssm().put_parameter(Name=_name(f"in-service/{name}"), Value=release[name], Overwrite=True)
    _answer(variables, "SUCCESS", data={"Digest": release["digest"], "Bundle": release["bundle"]})


def _refusal(build: str, release: dict[str, str]) -> str:
    """Why a deployment may not take this release; empty where it may."""
    if release.get("build") != build:
        # Also a late repetition of an event, after other builds: it must put nothing old in service.
        return f"The last release is not of the build {build}, but of {release.get('build', 'none')}."
    if release["digest"] in json.loads(_parameter("rollout")).get("rejected", ()):
        return f"The image {release['digest']} was in service or under trial before, and was taken back."
    return ""


def _end_describing(build: dict[str, Any], status: str, tries: int) -> None:
    """The next rebuild takes what a complete run has written; until then it takes what the one before wrote."""
    if status != "SUCCEEDED":
        text = f"The build {build['id']} ended as {status}; descriptions stay as they were.\n\n{_why(build)}"
        _notify(f"descriptions {_spoken(status)}", text, build)
    elif is_unfinished(build) and tries < MOST_TRIES:
        start_again(build, tries)
    elif is_unfinished(build):
        text = f"The run is not complete after {tries} builds, and no other is started. Its log says what it waits for."
        _notify("descriptions unfinished", text, build)


def _start_rollout(build: str) -> None:
    """Once a build, however often its end is told: the queue drops a message that it had."""
    message = json.dumps({"build": build})
    boto3.client("sqs").send_message(QueueUrl=environ["LEADGEN_TURNS"], MessageBody=message, MessageGroupId="rollout")


def _notify(what: str, text: str, build: dict[str, Any]) -> None:
    """By SNS, whose subjects are ASCII of at most 100 characters."""
    prefix = environ["LEADGEN_PARAMETER_PREFIX"].strip("/")
    link = build.get("logs", {}).get("deepLink", "")
    boto3.client("sns").publish(
        TopicArn=environ["LEADGEN_NOTICE_TOPIC"],
        Subject=f"{prefix}: {what}"[:100],
        Message=f"{text}\n\nLog: {link}\n" if link else f"{text}\n",
    )


def _spoken(status: str) -> str:
    return status.lower().replace("_", " ")


def _why(build: dict[str, Any]) -> str:
    """The quality gate's reasons, or else what CodeBuild says of its phases."""
    report = _report()
    if report.get("verdict") == "refused" and report.get("build") == build["id"]:
        refused = [check for check in report.get("checks", ()) if check.get("verdict") == "refused"]
        return "The quality gate refused the bundle:\n" + "\n".join(f"- {_line(check)}" for check in refused)
    said = [context.get("message", "") for phase in build.get("phases", ()) for context in phase.get("contexts", ())]
    return "\n".join(message for message in said if message.strip()) or "Its log says why."


def _line(check: dict[str, Any]) -> str:
    measured = f" (is {check['value']}, limit {check['limit']})" if check.get("value") is not None else ""
    return f"{check['name']}: {check['message']}{measured}"


def _report() -> dict[str, Any]:
    try:
        stored = boto3.client("s3").get_object(Bucket=environ["LEADGEN_DATA_BUCKET"], Key="reports/latest.json")
    except ClientError as error:
        # Who may not list a bucket is told 403, not 404, of an object that is absent.
        if error.response["Error"]["Code"] in ("NoSuchKey", "AccessDenied"):
            return {}
        raise
    report: dict[str, Any] = json.loads(stored["Body"].read())
    return report


def _parameter(name: str) -> str:
    return _ssm().get_parameter(Name=_name(name))["Parameter"]["Value"]


def _name(name: str) -> str:
    return f"{environ['LEADGEN_PARAMETER_PREFIX']}/{name}"


def _answer(variables: dict[str, str], status: str, reason: str = "", data: dict[str, str] | None = None) -> None:
    """To a signed address of S3, which must see no content type; it takes 4096 bytes."""
    logical = variables["LEADGEN_LOGICAL_ID"]
    body = {
        "Status": status,
        "Reason": reason[:_MOST_REASON],
        # As in functions/first_image: the same after every update, or CloudFormation would delete the resource.
        "PhysicalResourceId": f"image-{logical}",
        "StackId": variables["LEADGEN_STACK_ID"],
        "RequestId": variables["LEADGEN_REQUEST_ID"],
        "LogicalResourceId": logical,
        "Data": data or {},
    }
    url = variables["LEADGEN_RESPONSE_URL"]
    if not url.startswith("https://"):
        raise ValueError("CloudFormation's ResponseURL is no https address.")
    content = json.dumps(body, ensure_ascii=False).encode()
    request = urllib.request.Request(url, content, {"Content-Type": ""}, method="PUT")  # noqa: S310
    urllib.request.urlopen(request, timeout=30).close()  # noqa: S310
