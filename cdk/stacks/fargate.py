"""The image on ECS Fargate behind a load balancer, in a network of its own without NAT."""

from aws_cdk import CfnOutput
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk.deployment_stack import DeploymentStack
from cdk.homes.fargate_service import FargateService
from cdk.homes.follower import Follower
from cdk.homes.load_balancer import LoadBalancer
from cdk.settings import Settings
from cdk.storing.network import Network
from cdk.watching import metrics
from cdk.watching.alarms import Watch, add_alarm, failure_rate

_MILLISECONDS = 1000


class FargateStack(DeploymentStack):
    """Callers show a key, as `Authorization: Bearer` or `x-api-key`; `/health` is open."""

    def __init__(self, scope: Construct, settings: Settings, key: kms.IKey | None) -> None:
        super().__init__(scope, settings, "fargate", "API on ECS Fargate")
        service = self.names.home("fargate")
        public = not settings.homes.fargate.internal
        vpc = Network(self, "Network", log_days=settings.api.log_days, key=key, public=public).vpc
        entrance = LoadBalancer(self, "Entrance", service, settings, vpc)
        fargate = FargateService(self, "Fargate", service, settings, vpc, entrance, key)
        follower = Follower(self, "Follower", "fargate", self.stack_name, settings, key)
        for watch in (*self._watches(entrance), follower.watch):
            add_alarm(self, self.names, watch)
        target = entrance.balancer.load_balancer_dns_name
        CfnOutput(self, "Target", value=target, description="Where a CNAME of the certificate's name points")
        CfnOutput(
            self, "ApiKeys", value=fargate.container.api_keys.secret_name, description="Secret of the callers' keys"
        )

    def _watches(self, entrance: LoadBalancer) -> list[Watch]:
        monitoring = self.settings.monitoring
        counted = entrance.balancer.metrics
        period, total = metrics.PERIOD, "Sum"
        failures: dict[str, cloudwatch.IMetric] = {
            "balancer": counted.http_code_elb(elb.HttpCodeElb.ELB_5XX_COUNT, period=period, statistic=total),
            "tasks": counted.http_code_target(elb.HttpCodeTarget.TARGET_5XX_COUNT, period=period, statistic=total),
        }
        requests = counted.request_count(period=period, statistic=total)
        return [
            Watch(
                "fargate-errors",
                f"More than {monitoring.error_percent:g} % of the requests to Fargate failed. Read the log of the "
                "service; a task that does not start is in the service's events.",
                failure_rate(failures, requests),
                monitoring.error_percent,
                2,
            ),
            Watch(
                "fargate-latency",
                f"The slowest hundredth takes more than {monitoring.p99_milliseconds} ms. Raise homes.fargate.cpu or "
                "homes.fargate.min_tasks.",
                counted.target_response_time(period=period, statistic="p99"),
                monitoring.p99_milliseconds / _MILLISECONDS,
                3,
            ),
            Watch(
                "fargate-unhealthy",
                "A task does not answer /health. ECS replaces it; if that goes on, read the log of the service.",
                entrance.targets.metrics.unhealthy_host_count(period=period, statistic="Maximum"),
                0,
                2,
            ),
        ]
