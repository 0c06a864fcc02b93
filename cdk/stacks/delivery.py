"""Delivery: who deploys after a push."""

from aws_cdk import CfnOutput
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk.delivery.github import github_role
from cdk.delivery.pipeline import Pipeline
from cdk.deployment_stack import DeploymentStack
from cdk.settings import Settings


class DeliveryStack(DeploymentStack):
    """A role for GitHub Actions, or a pipeline; `settings.delivery.kind` is not `none`."""

    def __init__(self, scope: Construct, settings: Settings, key: kms.IKey | None) -> None:
        super().__init__(scope, settings, "delivery", "delivery")
        if settings.delivery.kind == "github":
            name = f"{settings.prefix}-github"
            role = github_role(self, name, settings.delivery, settings.environment)
            CfnOutput(self, "Role", value=role.role_arn, description="AWS_DEPLOY_ROLE_ARN of the GitHub environment.")
        else:
            Pipeline(self, settings, self.names, key)
