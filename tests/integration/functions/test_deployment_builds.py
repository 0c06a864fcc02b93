"""The image of a deployment: CloudFormation asks, a build starts, and the build's end answers."""

import json
from typing import Any

import boto3
import pytest
from answers import Answers
from aws.builds import PROJECT, builds, ended, environment
from botocore.exceptions import ClientError
from deployed_account import NEW, OLD, Account
from moto.cloudformation.models import cloudformation_backends

from functions.build_finished import handler as build_finished
from functions.first_image import handler as first_image

TEMPLATE = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}


class Context:
    """Lambda's, with time for one more attempt or none."""

    def __init__(self, milliseconds: int = 900_000) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


@pytest.fixture
def deployed(account: Account) -> str:
    """The stack that asks for an image."""
    client = boto3.client("cloudformation")
    return client.create_stack(StackName="leadgen-dev-rebuild", TemplateBody=json.dumps(TEMPLATE))["StackId"]


def is_in(status: str, stack: str) -> None:
    cloudformation_backends[stack.split(":")[4]][stack.split(":")[3]].get_stack(stack).status = status


@pytest.fixture
def request_(answers: Answers, deployed: str) -> dict[str, Any]:
    return {
        "RequestType": "Create",
        "ServiceToken": "arn:aws:lambda:eu-west-1:123456789012:function:leadgen-dev-first-image",
        "ResponseURL": answers.url,
        "StackId": deployed,
        "RequestId": "5478ebf0-0bc5-4d9e-9b34-6b5b6c1e4d5a",
        "LogicalResourceId": "Image",
        "ResourceType": "Custom::Image",
        "ResourceProperties": {"SourceHash": "abc"},
    }


def finish(account: Account, status: str = "SUCCEEDED", released: dict[str, str] | None = NEW) -> dict[str, Any]:
    """The build ends, having written its release; the event that says so."""
    build = builds()[-1]
    if released:
        account.write("release", released | {"build": build["id"]})
    return ended(build, status)


def test_a_deployment_gets_the_image_that_its_build_made(
    account: Account, answers: Answers, request_: dict[str, Any]
) -> None:
    first_image.handler(request_, Context())
    (build,) = builds()
    assert environment(build)["LEADGEN_REUSE_BUNDLE"] == "true"
    assert answers.bodies == []
    build_finished.handler(finish(account), None)
    assert answers.bodies == [
        {
            "Status": "SUCCESS",
            "Reason": "",
            "PhysicalResourceId": "image-Image",
            "StackId": request_["StackId"],
            "RequestId": request_["RequestId"],
            "LogicalResourceId": "Image",
            "Data": {"Digest": NEW["digest"], "Bundle": NEW["bundle"]},
        }
    ]
    assert answers.content_types == [""]
    assert account.in_service == NEW
    assert account.notices() == []


def test_a_request_that_is_delivered_twice_starts_one_build(account: Account, request_: dict[str, Any]) -> None:
    first_image.handler(request_, Context())
    first_image.handler(request_, Context())
    assert len(builds()) == 1


def test_an_update_keeps_the_identity_of_the_resource(
    account: Account, answers: Answers, request_: dict[str, Any]
) -> None:
    first_image.handler(request_, Context())
    build_finished.handler(finish(account), None)
    identity = answers.bodies[0]["PhysicalResourceId"]
    update = request_ | {"RequestType": "Update", "RequestId": "another", "PhysicalResourceId": identity}
    first_image.handler(update | {"ResourceProperties": {"SourceHash": "def", "ReuseBundle": "false"}}, Context())
    assert environment(builds()[-1])["LEADGEN_REUSE_BUNDLE"] == "false"
    build_finished.handler(finish(account), None)
    assert answers.bodies[1]["PhysicalResourceId"] == identity
    first_image.handler(request_ | {"RequestType": "Delete", "PhysicalResourceId": identity}, Context())
    assert (answers.bodies[2]["Status"], answers.bodies[2]["PhysicalResourceId"]) == ("SUCCESS", identity)
    assert len(builds()) == 2


@pytest.mark.parametrize("status", ["FAILED", "STOPPED", "TIMED_OUT", "FAULT"])
def test_a_build_that_fails_fails_the_deployment_and_changes_nothing(
    account: Account, answers: Answers, request_: dict[str, Any], status: str
) -> None:
    account.put_in_service(OLD)
    first_image.handler(request_, Context())
    build_finished.handler(finish(account, status, released=None), None)
    assert answers.bodies[0]["Status"] == "FAILED"
    assert status in answers.bodies[0]["Reason"]
    assert account.in_service == OLD


def test_a_late_repetition_of_an_event_puts_nothing_old_in_service(
    account: Account, answers: Answers, request_: dict[str, Any]
) -> None:
    first_image.handler(request_, Context())
    event = finish(account)
    build_finished.handler(event, None)
    account.put_in_service(OLD)
    account.write("rollout", {"rejected": [NEW["digest"]]})
    build_finished.handler(event, None)
    assert account.in_service == OLD
    account.write("rollout", {})
    account.write("release", NEW | {"build": f"{PROJECT}:a-later-one"})
    build_finished.handler(event, None)
    assert account.in_service == OLD


def test_a_project_without_room_is_waited_for(
    account: Account, answers: Answers, request_: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    start = first_image._start

    def busy_once(event: dict[str, Any]) -> str:
        if not pauses:
            raise ClientError({"Error": {"Code": "AccountLimitExceededException", "Message": "busy"}}, "StartBuild")
        return start(event)

    monkeypatch.setattr(first_image, "_start", busy_once)
    monkeypatch.setattr("time.sleep", pauses.append)
    # Lambda repeats a call that raises, and so waits on.
    with pytest.raises(first_image.ProjectBusyError):
        first_image.handler(request_, Context(1_000))
    assert answers.bodies == []
    assert builds() == []
    first_image.handler(request_, Context())
    assert len(pauses) == 1
    assert len(builds()) == 1


def test_an_account_that_may_build_nothing_is_not_waited_for(
    account: Account, answers: Answers, request_: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {
        "Code": "AccountLimitExceededException",
        "Message": "Cannot have more than 0 builds in queue for the account",
    }

    def refused(_: dict[str, Any]) -> str:
        raise ClientError({"Error": said}, "StartBuild")

    monkeypatch.setattr(first_image, "_start", refused)
    first_image.handler(request_, Context())
    assert said["Message"] in answers.bodies[0]["Reason"]


def test_a_deployment_that_is_rolled_back_builds_nothing(
    account: Account, answers: Answers, request_: dict[str, Any]
) -> None:
    is_in("UPDATE_ROLLBACK_IN_PROGRESS", request_["StackId"])
    first_image.handler(request_ | {"RequestType": "Update", "PhysicalResourceId": "image-Image"}, Context())
    assert [body["Status"] for body in answers.bodies] == ["SUCCESS"]
    assert builds() == []


def test_a_build_that_cannot_start_fails_the_deployment_at_once(
    account: Account, answers: Answers, request_: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADGEN_PROJECT", "absent")
    first_image.handler(request_, Context())
    assert answers.bodies[0]["Status"] == "FAILED"
    assert "absent" in answers.bodies[0]["Reason"]


def test_an_answer_has_the_size_that_cloudformation_takes(
    account: Account, answers: Answers, request_: dict[str, Any]
) -> None:
    first_image.handler(request_, Context())
    builds()[-1]["phases"] = [{"phaseType": "BUILD", "contexts": [{"message": "é🦄" * 3000}]}]
    build_finished.handler(finish(account, "FAILED", released=None), None)
    assert answers.bodies[0]["Reason"].endswith("🦄é") or answers.bodies[0]["Reason"].endswith("é🦄")
    assert answers.sizes[0] <= 4096


def test_an_answer_goes_nowhere_but_over_tls(account: Account, request_: dict[str, Any]) -> None:
    address = {"ResponseURL": "http://127.0.0.1:9/", "RequestType": "Delete"}
    with pytest.raises(ValueError, match="https"):
        first_image.handler(request_ | address, Context())
    boto3.client("codebuild").start_build(projectName=PROJECT)
    variables = {
        "RESPONSE_URL": "http://127.0.0.1:9/",
        "STACK_ID": request_["StackId"],
        "REQUEST_ID": "x",
        "LOGICAL_ID": "Image",
    }
    build = builds()[-1]
    build["environment"]["environmentVariables"] = [
        {"name": f"LEADGEN_{name}", "value": value} for name, value in variables.items()
    ]
    with pytest.raises(ValueError, match="https"):
        build_finished.handler(finish(account), None)


def test_no_log_line_holds_the_signed_address(
    account: Account, answers: Answers, request_: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        first_image.handler(request_, Context())
        build_finished.handler(finish(account), None)
    ours = [record for record in caplog.records if record.pathname.endswith("handler.py")]
    assert ours
    assert "X-Amz-Signature" not in json.dumps([record.__dict__ for record in ours], default=str)
