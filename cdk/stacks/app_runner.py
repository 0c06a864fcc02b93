"""The image on AWS App Runner, for accounts that used it before AWS closed it to new customers."""

from aws_cdk import CfnOutput
from aws_cdk import aws_apprunner as apprunner
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk.access import service_role
from cdk.deployment_stack import DeploymentStack
from cdk.homes.container import HEALTH, PORT, Container
from cdk.homes.follower import Follower
from cdk.settings import Settings
from cdk.watching import metrics
from cdk.watching.alarms import Watch, add_alarm, failure_rate

_REQUESTS_AT_ONCE = 16


class AppRunnerStack(DeploymentStack):
    """Callers show a key, as `Authorization: Bearer` or `x-api-key`; `/health` is open.

    App Runner makes its two log groups itself and keeps them for ever; set their retention once in CloudWatch.
    """

    def __init__(self, scope: Construct, settings: Settings, key: kms.IKey | None) -> None:
        super().__init__(scope, settings, "app-runner", "API on App Runner")
        self._name = self.names.home("app-runner")
        self._key = key
        self._container = Container(self, "Container", self._name, settings, key)
        self._service = self._runner()
        follower = Follower(self, "Follower", "app-runner", self.stack_name, settings, key)
        for watch in (*self._watches(), follower.watch):
            add_alarm(self, self.names, watch)
        CfnOutput(self, "ApiUrl", value=f"https://{self._service.attr_service_url}", description="Address of the API")
        secret = self._container.api_keys.secret_name
        CfnOutput(self, "ApiKeys", value=secret, description="Secret of the callers' keys")

    def _runner(self) -> apprunner.CfnService:
        wanted = self.settings.homes.app_runner
        role = service_role(
            self,
            "Role",
            "tasks.apprunner.amazonaws.com",
            [*self._container.running(), *(s for s in self._container.reading_secrets() if s.sid != "UseKey")],
        )
        return apprunner.CfnService(
            self,
            "Service",
            service_name=self._name,
            source_configuration=self._source(),
            instance_configuration=apprunner.CfnService.InstanceConfigurationProperty(
                cpu=str(wanted.cpu), memory=str(wanted.memory_mb), instance_role_arn=role.role_arn
            ),
            auto_scaling_configuration_arn=self._scaling(),
            health_check_configuration=apprunner.CfnService.HealthCheckConfigurationProperty(
                protocol="HTTP", path=HEALTH, interval=10, timeout=5, healthy_threshold=1, unhealthy_threshold=3
            ),
            encryption_configuration=apprunner.CfnService.EncryptionConfigurationProperty(kms_key=self._key.key_arn)
            if self._key
            else None,
        )

    def _source(self) -> apprunner.CfnService.SourceConfigurationProperty:
        pulling = self._container.pulling("ecr:DescribeImages")
        access = service_role(self, "PullRole", "build.apprunner.amazonaws.com", pulling)
        properties = apprunner.CfnService
        return properties.SourceConfigurationProperty(
            auto_deployments_enabled=False,
            authentication_configuration=properties.AuthenticationConfigurationProperty(
                access_role_arn=access.role_arn
            ),
            image_repository=properties.ImageRepositoryProperty(
                image_identifier=self._container.image,
                image_repository_type="ECR",
                image_configuration=properties.ImageConfigurationProperty(
                    port=str(PORT),
                    runtime_environment_variables=[
                        properties.KeyValuePairProperty(name=name, value=value)
                        for name, value in self._container.environment.items()
                    ],
                    runtime_environment_secrets=[
                        properties.KeyValuePairProperty(name=name, value=value)
                        for name, value in self._container.secret_arns().items()
                    ],
                ),
            ),
        )

    def _scaling(self) -> str:
        wanted = self.settings.homes.app_runner
        return apprunner.CfnAutoScalingConfiguration(
            self,
            "Scaling",
            min_size=wanted.min_instances,
            max_size=wanted.max_instances,
            max_concurrency=_REQUESTS_AT_ONCE,
        ).attr_auto_scaling_configuration_arn

    def _watches(self) -> list[Watch]:
        """https://docs.aws.amazon.com/apprunner/latest/dg/monitor-cw.html"""
        service = {"ServiceName": self._name, "ServiceID": self._service.attr_service_id}

        def counted(name: str) -> cloudwatch.IMetric:
            return metrics.metric("AWS/AppRunner", name, "Sum", **service)

        percent, milliseconds = self.settings.monitoring.error_percent, self.settings.monitoring.p99_milliseconds
        return [
            Watch(
                "app-runner-errors",
                f"More than {percent:g} % of the requests to App Runner failed. Read the service's application log.",
                failure_rate({"failed": counted("5xxStatusResponses")}, counted("Requests")),
                percent,
                2,
            ),
            Watch(
                "app-runner-latency",
                f"The slowest hundredth takes more than {milliseconds} ms. Raise homes.app_runner.cpu.",
                metrics.metric("AWS/AppRunner", "RequestLatency", "p99", **service),
                milliseconds,
                3,
            ),
        ]
