"""What every stack of a deployment has."""

from typing import Any

from aws_cdk import RemovalPolicy, Stack
from constructs import Construct

from cdk.names import Names
from cdk.settings import Settings

TAG = "leadgen:deployment"
"""The tag by which a deployment's stacks and costs are found."""


class DeploymentStack(Stack):
    """A stack named `{prefix}-{part}`, for any account and region."""

    def __init__(self, scope: Construct, settings: Settings, part: str, description: str, **options: Any) -> None:
        super().__init__(
            scope,
            f"{settings.prefix}-{part}",
            description=f"{settings.prefix}: {description}",
            tags={TAG: settings.prefix},
            **options,
        )
        self.settings = settings
        self.names = Names(settings.prefix)

    @property
    def kept(self) -> RemovalPolicy:
        """What becomes of data when its stack is removed; a first deployment that fails leaves none behind."""
        return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if self.settings.retain_data else RemovalPolicy.DESTROY
