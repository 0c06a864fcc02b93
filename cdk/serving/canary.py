"""How a new version takes over: it answers the examples, then gets a share of the traffic, and goes on an alarm."""

from aws_cdk import CfnCodeDeployLambdaAliasUpdate, CfnUpdatePolicy, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk.access import Statement, service_role
from cdk.function import ZipFunction
from cdk.names import Names, arn
from cdk.serving.api_function import ALIAS, ApiFunction
from cdk.settings import Settings


class Canary(Construct):
    """CodeDeploy moves the alias; an alarm on the new version moves it back, and fails CloudFormation's update.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-updatepolicy.html
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        settings: Settings,
        served: ApiFunction,
        bundle: str,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, name)
        self._settings, self._names = settings, Names(settings.prefix)
        self._name = f"{self._names.function('api')}-canary"
        hook = self._hook(served.version, bundle, key)
        self._count_server_errors(served)
        self.alarms = self._alarms(served.version)
        group = self._group()
        served.alias.cfn_options.update_policy = CfnUpdatePolicy(
            code_deploy_lambda_alias_update=CfnCodeDeployLambdaAliasUpdate(
                application_name=self._name,
                deployment_group_name=self._name,
                before_allow_traffic_hook=hook.function_name,
            )
        )
        served.alias.add_resource_dependency(group)

    def _hook(self, version: lambda_.CfnVersion, bundle: str, key: kms.IKey | None) -> lambda_.Function:
        names, settings = self._names, self._settings
        group = arn("codedeploy", f"deploymentgroup:{self._name}/{self._name}")
        return ZipFunction(
            self,
            "BeforeTraffic",
            folder="before_traffic",
            function_name=names.function("before-traffic"),
            statements=[
                Statement(
                    "AskNewVersion",
                    "Asks the version that is about to get traffic; CodeDeploy makes its number only then.",
                    ("lambda:InvokeFunction",),
                    [f"{names.function_arn('api')}:*"],
                ),
                Statement(
                    "TellCodeDeploy",
                    "Says whether traffic may move.",
                    ("codedeploy:PutLifecycleEventHookExecutionStatus",),
                    [group],
                ),
            ],
            environment={
                "LEADGEN_VERSION": version.ref,
                "LEADGEN_BUNDLE": bundle,
                "LEADGEN_REQUIRE_AUTHORIZER": settings.api.authorization,
            },
            log_days=settings.api.log_days,
            key=key,
            timeout=Duration.minutes(10),
        ).function

    def _count_server_errors(self, served: ApiFunction) -> None:
        """5xx by version, from the lines of metrics: those of the version before must not stop what replaces it."""
        logs.CfnMetricFilter(
            self,
            "ServerErrorsByVersion",
            log_group_name=served.log_group.log_group_name,
            filter_pattern="{ $.Errors5xx >= 1 }",
            metric_transformations=[
                logs.CfnMetricFilter.MetricTransformationProperty(
                    metric_namespace=self._name,
                    metric_name="Errors5xx",
                    metric_value="$.Errors5xx",
                    dimensions=[logs.CfnMetricFilter.DimensionProperty(key="Version", value="$.Version")],
                )
            ],
        )

    def _alarms(self, version: lambda_.CfnVersion) -> list[cloudwatch.CfnAlarm]:
        canary = self._settings.api.canary
        errors, duration = self._of(version, "Errors"), self._of(version, "Duration")
        server_errors = cloudwatch.CfnAlarm.MetricProperty(
            namespace=self._name,
            metric_name="Errors5xx",
            dimensions=[cloudwatch.CfnAlarm.DimensionProperty(name="Version", value=version.attr_version)],
        )
        return [
            self._alarm("Errors", "A new version fails.", errors, "Sum", canary.errors),
            self._alarm("ServerErrors", "A new version answers 5xx.", server_errors, "Sum", canary.errors),
            self._alarm("Latency", "A new version is slow.", duration, "p99", canary.p99_milliseconds),
        ]

    def _of(self, version: lambda_.CfnVersion, metric: str) -> cloudwatch.CfnAlarm.MetricProperty:
        """A metric of the calls that the alias passed to this version.

        https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
        """
        function = self._names.function("api")
        dimensions = {
            "FunctionName": function,
            "Resource": f"{function}:{ALIAS}",
            "ExecutedVersion": version.attr_version,
        }
        return cloudwatch.CfnAlarm.MetricProperty(
            namespace="AWS/Lambda",
            metric_name=metric,
            dimensions=[cloudwatch.CfnAlarm.DimensionProperty(name=n, value=v) for n, v in dimensions.items()],
        )

    def _alarm(
        self,
        name: str,
        meaning: str,
        metric: cloudwatch.CfnAlarm.MetricProperty,
        statistic: str,
        threshold: float,
    ) -> cloudwatch.CfnAlarm:
        percentile = statistic.startswith("p")
        return cloudwatch.CfnAlarm(
            self,
            name,
            alarm_name=f"{self._name}-{name}",
            alarm_description=f"{meaning} A deployment in progress is rolled back.",
            namespace=metric.namespace,
            metric_name=metric.metric_name,
            dimensions=metric.dimensions,
            statistic=None if percentile else statistic,
            extended_statistic=statistic if percentile else None,
            period=60,
            evaluation_periods=1,
            threshold=threshold,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[self._names.notices_arn],
        )

    def _group(self) -> codedeploy.CfnDeploymentGroup:
        application = codedeploy.CfnApplication(
            self, "Application", application_name=self._name, compute_platform="Lambda"
        )
        alarms = [codedeploy.CfnDeploymentGroup.AlarmProperty(name=alarm.ref) for alarm in self.alarms]
        group = codedeploy.CfnDeploymentGroup(
            self,
            "Group",
            application_name=self._name,
            deployment_group_name=self._name,
            service_role_arn=self._role().role_arn,
            deployment_config_name=self._config(),
            deployment_style=codedeploy.CfnDeploymentGroup.DeploymentStyleProperty(
                deployment_type="BLUE_GREEN", deployment_option="WITH_TRAFFIC_CONTROL"
            ),
            alarm_configuration=codedeploy.CfnDeploymentGroup.AlarmConfigurationProperty(enabled=True, alarms=alarms),
            auto_rollback_configuration=codedeploy.CfnDeploymentGroup.AutoRollbackConfigurationProperty(
                enabled=True,
                events=["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
            ),
        )
        group.add_resource_dependency(application)
        return group

    def _config(self) -> str:
        canary = self._settings.api.canary
        if canary.deployment == "all_at_once":
            return "CodeDeployDefault.LambdaAllAtOnce"
        config, routing = codedeploy.CfnDeploymentConfig, codedeploy.CfnDeploymentConfig.TrafficRoutingConfigProperty
        if canary.deployment == "linear":
            step = config.TimeBasedLinearProperty(linear_percentage=canary.percent, linear_interval=canary.minutes)
            traffic = routing(type="TimeBasedLinear", time_based_linear=step)
        else:
            first = config.TimeBasedCanaryProperty(canary_percentage=canary.percent, canary_interval=canary.minutes)
            traffic = routing(type="TimeBasedCanary", time_based_canary=first)
        return config(self, "Config", compute_platform="Lambda", traffic_routing_config=traffic).ref

    def _role(self) -> iam.IRole:
        """CodeDeploy's; AWS's own policy for it reaches every function and alarm of the account."""
        function = self._names.function_arn("api")
        return service_role(
            self,
            "Role",
            "codedeploy.amazonaws.com",
            [
                Statement(
                    "MoveTraffic",
                    "Moves the alias of the one function from version to version.",
                    ("lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias"),
                    [function, f"{function}:*"],
                ),
                Statement(
                    "AskHook",
                    "Calls the function that tries the new version.",
                    ("lambda:InvokeFunction",),
                    [self._names.function_arn("before-traffic")],
                ),
                Statement(
                    "WatchAlarms",
                    "Reads the alarms that stop a deployment; AWS documents no narrower resource for several at once.",
                    ("cloudwatch:DescribeAlarms",),
                    ["*"],
                ),
            ],
        )
