"""The function that brings a home to the image in service, whenever the API's stack has taken one."""

from aws_cdk import Aws, DefaultStackSynthesizer
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk.access import Statement
from cdk.function import ZipFunction
from cdk.names import Names, arn
from cdk.settings import Settings
from cdk.watching import metrics
from cdk.watching.alarms import Watch

_QUALIFIER = DefaultStackSynthesizer.DEFAULT_QUALIFIER


class Follower(Construct):
    """Updates the stack `stack_name` of the home `home`; a failed one raises the alarm `watch`."""

    def __init__(
        self, scope: Construct, name: str, home: str, stack_name: str, settings: Settings, key: kms.IKey | None
    ) -> None:
        super().__init__(scope, name)
        names = Names(settings.prefix)
        function_name = names.function(f"follow-{home}")
        function = ZipFunction(
            self,
            "Function",
            folder="follow_release",
            function_name=function_name,
            statements=_statements(names, stack_name),
            environment={"LEADGEN_STACK": stack_name},
            log_days=settings.rebuild.log_days,
            key=key,
        ).function
        self._after(names.api_stack, function)
        self.watch = Watch(
            f"{home}-stays-behind",
            f"{stack_name} could not be brought to the image in service. Its events in CloudFormation say why; invoke "
            f"{function_name} once that is mended.",
            metrics.of_function(function_name, "Errors"),
            0,
        )

    def _after(self, stack: str, function: lambda_.Function) -> None:
        events.Rule(
            self,
            "Releases",
            description=f"Updates of {stack} that succeeded",
            event_pattern=events.EventPattern(
                source=["aws.cloudformation"],
                detail_type=["CloudFormation Stack Status Change"],
                detail={
                    "stack-id": [{"prefix": arn("cloudformation", f"stack/{stack}/")}],
                    "status-details": {"status": ["UPDATE_COMPLETE"]},
                },
            ),
            targets=[targets.LambdaFunction(function)],
        )


def _statements(names: Names, stack_name: str) -> list[Statement]:
    bootstrap = f"parameter/cdk-bootstrap/{_QUALIFIER}/version"
    execution = f"role/cdk-{_QUALIFIER}-cfn-exec-role-{Aws.ACCOUNT_ID}-{Aws.REGION}"
    return [
        Statement(
            "UpdateHome",
            "Puts the image in service here, too, by an update of this stack with the template it has.",
            ("cloudformation:DescribeStacks", "cloudformation:UpdateStack"),
            [arn("cloudformation", f"stack/{stack_name}/*")],
        ),
        Statement(
            "PassDeploymentRole",
            "CloudFormation goes on with the role of the stack's deployment, and AWS documents both that its updater "
            "must, and need not, be allowed to pass it.",
            ("iam:PassRole",),
            [arn("iam", execution, region="")],
            {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
        ),
        Statement(
            "ReadParameters",
            "CloudFormation reads the stack's parameters in the name of who updates it.",
            ("ssm:GetParameters",),
            [*names.parameter_arns("in-service/digest", "in-service/bundle"), arn("ssm", bootstrap)],
        ),
    ]
