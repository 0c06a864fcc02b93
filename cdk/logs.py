"""Log groups that expire and go with their stack."""

from typing import cast

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct


def log_group(
    scope: Construct,
    name: str,
    days: int,
    key: kms.IKey | None,
    log_group_name: str | None = None,
) -> logs.LogGroup:
    """A log group that keeps its lines for `days`, one of `cdk.settings.LogDays`."""
    group = logs.LogGroup(
        scope, name, log_group_name=log_group_name, encryption_key=key, removal_policy=RemovalPolicy.DESTROY
    )
    cast(logs.CfnLogGroup, group.node.default_child).retention_in_days = days
    return group
