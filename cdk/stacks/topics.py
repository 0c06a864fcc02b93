"""The quarterly run of topics and themes on an interruptible GPU."""

from aws_cdk import CfnOutput
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk.deployment_stack import DeploymentStack
from cdk.logs import log_group
from cdk.quarterly import shared
from cdk.quarterly.group import RunGroup
from cdk.quarterly.instance import Instance
from cdk.quarterly.permissions import of_instance
from cdk.rebuilding.source import source_asset
from cdk.settings import Settings


class TopicsStack(DeploymentStack):
    """Instance, group, schedule and log. Network and database are in the data's stack, the answers in the API's."""

    def __init__(self, scope: Construct, settings: Settings, key: kms.IKey | None) -> None:
        super().__init__(scope, settings, "topics", "quarterly run of topics and themes")
        names = self.names
        log = log_group(self, "Log", settings.rebuild.log_days, key, names.topics_log)
        source = source_asset(self, "Source")
        host, database, master_secret, clients = (
            shared.told(self, names, name) for name in (shared.HOST, shared.RESOURCE, shared.MASTER, shared.CLIENTS)
        )
        instance = Instance(
            self,
            "Instance",
            settings,
            source,
            host=host,
            master_secret=master_secret,
            clients=clients,
            statements=of_instance(
                settings, log.log_group_arn, source, database=database, master_secret=master_secret, key=key
            ),
        )
        subnets = shared.told_list(self, names, shared.PUBLIC_SUBNETS)
        RunGroup(self, "Run", settings, instance.template, subnets)
        command = "aws autoscaling set-desired-capacity --auto-scaling-group-name"
        CfnOutput(
            self,
            "Start",
            value=f"{command} {names.topics_group} --desired-capacity 1",
            description="Starts a run, or lets one go on, at any time",
        )
