"""The AWS account that a deployment goes to: who asks, whether it is prepared, and which stacks it holds."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from aws_cdk import DefaultStackSynthesizer
from botocore.exceptions import BotoCoreError, ClientError

from cdk.deployment_stack import TAG

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient

_QUALIFIER = DefaultStackSynthesizer.DEFAULT_QUALIFIER
_TRIES = 240
"""Of 15 seconds: a function in a network takes up to 40 minutes to go."""


@dataclass(frozen=True)
class Account:
    """An account and region; `partition` is `aws` but for China and the government's regions."""

    number: str
    region: str
    partition: str

    @classmethod
    def of_caller(cls) -> "Account":
        """The account of the caller's credentials. Ends the program with one line where there are none."""
        # boto3 knows this name alone, the CDK's command line both.
        if "AWS_REGION" in os.environ:
            os.environ.setdefault("AWS_DEFAULT_REGION", os.environ["AWS_REGION"])
        try:
            session = boto3.Session()
            if session.region_name is None:
                sys.exit("cdk: no AWS region to deploy to: set AWS_REGION.")
            identity = session.client("sts").get_caller_identity()
        except (BotoCoreError, ClientError) as error:
            sys.exit(
                f"cdk: no AWS account to deploy to: {error} Set AWS_PROFILE and AWS_REGION, or run `aws sso login`."
            )
        return cls(identity["Account"], str(session.region_name), identity["Arn"].split(":")[1])

    def deployer(self) -> boto3.Session | None:
        """A session of the role that `cdk bootstrap` makes for deployments; None where it cannot be taken on.

        https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
        """
        name = f"cdk-{_QUALIFIER}-deploy-role-{self.number}-{self.region}"
        role = f"arn:{self.partition}:iam::{self.number}:role/{name}"
        try:
            keys = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="leadgen")["Credentials"]
        except ClientError:
            return None
        return boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], self.region)


def stacks_of(client: "CloudFormationClient", prefix: str) -> Iterator[Any]:
    """The stacks of a deployment, the newest first, so that none goes before what uses it."""
    pages = client.get_paginator("describe_stacks").paginate()
    stacks = [stack for page in pages for stack in page["Stacks"]]
    stacks.sort(key=lambda stack: stack["CreationTime"], reverse=True)
    for stack in stacks:
        if {"Key": TAG, "Value": prefix} in stack.get("Tags", ()):
            yield stack


def remove_stack(client: "CloudFormationClient", name: str) -> None:
    """Delete a stack and wait for it. Raises WaiterError where something in it does not go."""
    print(f"removing {name}", flush=True)
    client.delete_stack(StackName=name)
    client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 15, "MaxAttempts": _TRIES})


def empty_bucket(name: str) -> None:
    """Delete every version of every object; a bucket that is not there is empty."""
    client = boto3.client("s3")
    try:
        for page in client.get_paginator("list_object_versions").paginate(Bucket=name):
            versions = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            objects = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
            if objects:
                client.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})  # type: ignore[typeddict-item]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise
