"""The roles that `cdk bootstrap` made, which alone may change anything."""

from aws_cdk import Aws, DefaultStackSynthesizer

from cdk.access import Statement
from cdk.names import arn

_KINDS = ("deploy", "file-publishing", "lookup")


def assume_bootstrap_roles() -> Statement:
    """What a deployer needs: https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html."""
    qualifier = DefaultStackSynthesizer.DEFAULT_QUALIFIER
    names = [f"cdk-{qualifier}-{kind}-role-{Aws.ACCOUNT_ID}-{Aws.REGION}" for kind in _KINDS]
    return Statement(
        "AssumeBootstrapRoles",
        "To deploy is to take on these three; the deployer itself may do nothing else.",
        ("sts:AssumeRole",),
        [arn("iam", f"role/{name}", region="") for name in names],
    )
