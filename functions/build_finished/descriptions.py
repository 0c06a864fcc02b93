"""Starts a run of descriptions again that stopped, or that waits for a language model, before it was complete."""

import json
import logging
from datetime import UTC, datetime, timedelta
from os import environ
from typing import Any

import boto3
from botocore.exceptions import ClientError

_log = logging.getLogger()
TRY = "LEADGEN_DESCRIBE_TRY"
"""Variable of a build that describes: which build of its run it is, from 1."""
MOST_TRIES = 30
"""Builds of one run: some forty minutes each and an hour between them are two days."""
_STATE = "LEADGEN_DESCRIBED"
_PAUSE = timedelta(hours=1)


def is_unfinished(build: dict[str, Any]) -> bool:
    """Whether the build said so; it succeeded all the same."""
    exported = {entry["name"]: entry["value"] for entry in build.get("exportedEnvironmentVariables", ())}
    return exported.get(_STATE) == "unfinished"


def start_again(build: dict[str, Any], tries: int) -> None:
    """In an hour, once, by a copy of the schedule; once a build, however often its end is told.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-delete.html
    """
    scheduler, name = boto3.client("scheduler"), environ["LEADGEN_DESCRIPTIONS_SCHEDULE"]
    target = scheduler.get_schedule(Name=name)["Target"]
    at = datetime.now(UTC) + _PAUSE
    try:
        scheduler.create_schedule(
            Name=f"{name}-{build['buildNumber']}",
            ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={**target, "Input": _with_try(target["Input"], tries + 1)},
            ActionAfterCompletion="DELETE",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConflictException":
            raise
    _log.info("descriptions go on", extra={"at": at.isoformat()})


def _with_try(text: str, tries: int) -> str:
    call = json.loads(text)
    for variable in call["EnvironmentVariablesOverride"]:
        if variable["Name"] == TRY:
            variable["Value"] = str(tries)
    return json.dumps(call)
