"""Brings a home outside Lambda to the image in service, after the API's stack took it.

A zip function that needs boto3 only; its handler is `follow_release.handler.handler`. Every event is only a reason to
update the stack `LEADGEN_STACK` with the template it has: CloudFormation reads digest and bundle in service again, and
changes nothing where they are those it has. What the home's own checks refuse is rolled back by CloudFormation.
"""

import logging
from os import environ
from typing import Any

import boto3
from botocore.exceptions import ClientError

_log = logging.getLogger()
_log.setLevel(logging.INFO)
_NOTHING_TO_DO = "No updates are to be performed"


def handler(_event: dict[str, Any], _context: Any) -> dict[str, bool]:
    """Whether an update began. Raises ClientError where none can, as during another; Lambda then tries again."""
    client, name = boto3.client("cloudformation"), environ["LEADGEN_STACK"]
    parameters = client.describe_stacks(StackName=name)["Stacks"][0].get("Parameters", [])
    try:
        client.update_stack(
            StackName=name,
            UsePreviousTemplate=True,
            Parameters=[{"ParameterKey": p["ParameterKey"], "UsePreviousValue": True} for p in parameters],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
    except ClientError as error:
        if _NOTHING_TO_DO not in error.response["Error"]["Message"]:
            raise
        return {"updated": False}
    _log.info("update began", extra={"stack": name})
    return {"updated": True}
