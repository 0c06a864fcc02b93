"""The end of a build that describes companies: it is started again until its run is complete, or somebody is told."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from aws.builds import ended
from aws.turns import Turns
from deployed_account import Account

from functions.build_finished import handler as build_finished
from functions.build_finished.descriptions import MOST_TRIES

SCHEDULE = "leadgen-dev-descriptions"
CALL = {
    "ProjectName": "leadgen-dev-rebuild",
    "BuildspecOverride": "build_artifacts/buildspec-descriptions.yml",
    "EnvironmentVariablesOverride": [
        {"Name": "LEADGEN_DESCRIBE_TRY", "Value": "1", "Type": "PLAINTEXT"},
        {"Name": "LEADGEN_DIGEST_KEY", "Value": "none", "Type": "PLAINTEXT"},
    ],
}
TARGET = {
    "Arn": "arn:aws:scheduler:::aws-sdk:codebuild:startBuild",
    "RoleArn": "arn:aws:iam::123456789012:role/schedule",
    "Input": json.dumps(CALL),
    "RetryPolicy": {"MaximumRetryAttempts": 20, "MaximumEventAgeInSeconds": 21600},
    "DeadLetterConfig": {"Arn": "arn:aws:sqs:eu-west-1:123456789012:leadgen-dev-dead-letters"},
}


@pytest.fixture
def scheduler(account: Account, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The deployment's schedule, switched off, as where runs are started by hand alone."""
    monkeypatch.setenv("LEADGEN_DESCRIPTIONS_SCHEDULE", SCHEDULE)
    client = boto3.client("scheduler")
    client.create_schedule(
        Name=SCHEDULE,
        ScheduleExpression="cron(0 21 ? * SUN *)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=TARGET,
        State="DISABLED",
    )
    return client


def describing(build: dict[str, Any], state: str, tries: int = 1) -> dict[str, Any]:
    """The build as one that describes, and how it ended."""
    build["environment"]["environmentVariables"] = [
        {"name": "LEADGEN_DESCRIBE_TRY", "value": str(tries), "type": "PLAINTEXT"}
    ]
    build["exportedEnvironmentVariables"] = [{"name": "LEADGEN_DESCRIBED", "value": state}]
    return build


def started_again(scheduler: Any) -> list[dict[str, Any]]:
    names = [schedule["Name"] for schedule in scheduler.list_schedules()["Schedules"]]
    return [scheduler.get_schedule(Name=name) for name in names if name != SCHEDULE]


def test_a_run_that_is_not_complete_goes_on_in_an_hour_by_the_same_call(
    account: Account, scheduler: Any, build: dict[str, Any], turns: Turns
) -> None:
    for _ in range(2):
        build_finished.handler(ended(describing(build, "unfinished", 4), "SUCCEEDED"), None)
    (again,) = started_again(scheduler)
    at = datetime.strptime(again["ScheduleExpression"], "at(%Y-%m-%dT%H:%M:%S)").replace(tzinfo=UTC)
    assert timedelta(minutes=58) < at - datetime.now(UTC) <= timedelta(hours=1)
    assert (again["State"], again["ActionAfterCompletion"]) == ("ENABLED", "DELETE")
    assert {**again["Target"], "Input": None} == {**TARGET, "Input": None}
    call = json.loads(again["Target"]["Input"])
    told = {entry["Name"]: entry["Value"] for entry in call.pop("EnvironmentVariablesOverride")}
    assert told == {"LEADGEN_DESCRIBE_TRY": "5", "LEADGEN_DIGEST_KEY": "none"}
    assert call == {name: CALL[name] for name in ("ProjectName", "BuildspecOverride")}
    assert (turns.events(), account.notices()) == ([], [])


def test_a_complete_run_starts_neither_a_build_nor_a_rollout(
    account: Account, scheduler: Any, build: dict[str, Any], turns: Turns
) -> None:
    build_finished.handler(ended(describing(build, "complete"), "SUCCEEDED"), None)
    assert (started_again(scheduler), turns.events(), account.notices()) == ([], [], [])


def test_a_run_that_is_never_complete_is_told_of_and_not_started_again(
    account: Account, scheduler: Any, build: dict[str, Any]
) -> None:
    build_finished.handler(ended(describing(build, "unfinished", MOST_TRIES), "SUCCEEDED"), None)
    ((subject, text),) = account.notices()
    assert subject == "leadgen-dev: descriptions unfinished"
    assert f"not complete after {MOST_TRIES} builds" in text
    assert started_again(scheduler) == []


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT"])
def test_a_build_that_fails_is_told_of_as_one_of_descriptions(
    account: Account, scheduler: Any, build: dict[str, Any], status: str
) -> None:
    build_finished.handler(ended(describing(build, "unfinished"), status), None)
    ((subject, text),) = account.notices()
    assert subject == f"leadgen-dev: descriptions {status.lower().replace('_', ' ')}"
    assert "descriptions stay as they were" in text
    assert started_again(scheduler) == []
