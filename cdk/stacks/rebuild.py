"""Builds of bundle and image: when they run, what follows them, and who hears of it."""

from typing import Any

from aws_cdk import CfnOutput, CustomResource, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.access import Statement, acknowledge
from cdk.deployment_stack import DeploymentStack
from cdk.function import ZipFunction
from cdk.names import arn
from cdk.rebuilding import permissions
from cdk.rebuilding.build_project import BuildProject
from cdk.rebuilding.descriptions import DescriptionRuns
from cdk.rebuilding.notices import Notices
from cdk.rebuilding.source import source_asset
from cdk.schedule import Schedule
from cdk.settings import Settings

_ENDED = ["SUCCEEDED", "FAILED", "STOPPED", "TIMED_OUT", "FAULT"]
_SETTLED = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"]

_ROLLOUT_TIMEOUT = Duration.minutes(2)


class RebuildStack(DeploymentStack):
    """Schedule, project, first image, rollout and notices."""

    def __init__(self, scope: Construct, settings: Settings, key: kms.IKey | None) -> None:
        super().__init__(scope, settings, "rebuild", "rebuilds and rollout")
        self._key = key
        source = source_asset(self, "Source")
        self.project = BuildProject(self, "Build", settings, source, key).project
        emails = {settings.rebuild.notices_email, settings.monitoring.alarm_email} - {None}
        self.notices = Notices(self, "Notices", self.names.notices, sorted(str(email) for email in emails))
        if settings.delivery.kind == "codepipeline":
            self.notices.admit_events()
        self.dead_letters = self._dead_letters()
        self.turns = self._turns()
        self.descriptions: DescriptionRuns | None = None
        if settings.capabilities.descriptions:
            self.descriptions = DescriptionRuns(
                self, "Descriptions", settings, source, key=key, dead_letters=self.dead_letters
            )
        self.rollout = self._rollout()
        self.build_finished = self._build_finished()
        if settings.capabilities.scoring:
            self._start_on_schedule()
        self._first_image(source.asset_hash)
        CfnOutput(self, "Bucket", value=self.names.bucket, description="Tables go below inputs/")
        CfnOutput(self, "Project", value=self.names.project, description="CodeBuild project of rebuilds")

    def _dead_letters(self) -> sqs.Queue:
        queue = sqs.Queue(
            self,
            "DeadLetters",
            queue_name=self.names.dead_letters,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        acknowledge(queue, "AwsSolutions-SQS3", "It is itself where the schedule and the rules put what failed.")
        return queue

    def _turns(self) -> sqs.Queue:
        """Reasons for the rollout to look at the stack, one after the other: it is the only writer of its state.

        A reserved concurrency of 1 would do the same, but none of a new account's 10 can be reserved.
        """
        queue = sqs.Queue(
            self,
            "Turns",
            queue_name=self.names.turns,
            fifo=True,
            content_based_deduplication=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            # Six times what the function may take: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
            visibility_timeout=Duration.minutes(12),
            retention_period=Duration.hours(2),
        )
        acknowledge(
            queue,
            "AwsSolutions-SQS3",
            "A message is only a reason to look: it is tried again for two hours, each failure shows as an error of "
            "the function, and whatever the next one finds is up to date.",
        )
        return queue

    def _start_on_schedule(self) -> None:
        rebuild = self.settings.rebuild
        if rebuild.schedule is None:
            return
        Schedule(
            self,
            "Nightly",
            expression=rebuild.schedule,
            time_zone=rebuild.time_zone,
            action="codebuild:startBuild",
            arguments={"ProjectName": self.names.project},
            statements=[
                Statement(
                    "StartBuild",
                    "The schedule starts this one project.",
                    ("codebuild:StartBuild",),
                    [self.names.project_arn],
                )
            ],
            # A build in progress refuses another one; the next try comes after it.
            retries=20,
            patience=Duration.hours(6),
            dead_letters=self.dead_letters,
        )

    def _function(
        self, folder: str, statements: list[Statement], environment: dict[str, str], **options: Any
    ) -> lambda_.Function:
        name = folder.replace("_", "-")
        return ZipFunction(
            self,
            folder.title().replace("_", ""),
            folder=folder,
            function_name=self.names.function(name),
            statements=statements,
            environment=environment,
            log_days=self.settings.rebuild.log_days,
            key=self._key,
            **options,
        ).function

    def _first_image(self, source_hash: str) -> None:
        function = self._function(
            "first_image",
            permissions.of_first_image(self.names),
            {"LEADGEN_PROJECT": self.names.project},
            timeout=Duration.minutes(15),
        )
        image = CustomResource(
            self,
            "Image",
            resource_type="Custom::Image",
            service_token=function.function_arn,
            service_timeout=Duration.hours(1),
            properties={"SourceHash": f"{source_hash}-{self._baked()}"},
        )
        # The build's end answers CloudFormation: all that it passes must be there before, and go after.
        image.node.add_dependency(self.project, self._builds_end, self.build_finished)

    def _baked(self) -> str:
        """What, besides the code, makes another image."""
        return f"{self.settings.api.bundle_source}-{self.settings.rebuild.architecture}"

    def _build_finished(self) -> lambda_.Function:
        names = self.names
        function = self._function(
            "build_finished",
            [
                *permissions.of_build_finished(names),
                *(permissions.of_going_on(names, self.descriptions.schedule.role) if self.descriptions else ()),
                *self.notices.publish(),
                *self._decrypt("The report is encrypted with the deployment's key."),
            ],
            {
                "LEADGEN_PARAMETER_PREFIX": names.parameters,
                "LEADGEN_DATA_BUCKET": names.bucket,
                "LEADGEN_TURNS": self.turns.queue_url,
                "LEADGEN_DESCRIPTIONS_SCHEDULE": names.descriptions,
                "LEADGEN_NOTICE_TOPIC": names.notices_arn,
            },
        )
        self._builds_end = events.Rule(
            self,
            "BuildsEnd",
            description="Builds that ended, however they did",
            event_pattern=events.EventPattern(
                source=["aws.codebuild"],
                detail_type=["CodeBuild Build State Change"],
                detail={"project-name": [names.project], "build-status": _ENDED},
            ),
            targets=[self._target(function)],
        )
        return function

    def _rollout(self) -> lambda_.Function:
        names = self.names
        function = self._function(
            "rollout",
            [
                *permissions.of_rollout(names, self.settings),
                *self.notices.publish(),
                *self._decrypt("What names the current bundle is encrypted with the deployment's key."),
            ],
            {
                "LEADGEN_PARAMETER_PREFIX": names.parameters,
                "LEADGEN_STACK": names.api_stack,
                "LEADGEN_REPOSITORY": names.repository,
                "LEADGEN_DATA_BUCKET": names.bucket,
                "LEADGEN_FUNCTION": names.served(self.settings),
                "LEADGEN_NOTICE_TOPIC": names.notices_arn,
            },
            timeout=_ROLLOUT_TIMEOUT,
        )
        lambda_.EventSourceMapping(self, "Turn", target=function, event_source_arn=self.turns.queue_arn)
        events.Rule(
            self,
            "ApiSettles",
            description="Updates of the API's stack that ended",
            event_pattern=events.EventPattern(
                source=["aws.cloudformation"],
                detail_type=["CloudFormation Stack Status Change"],
                detail={
                    "stack-id": [{"prefix": arn("cloudformation", f"stack/{names.api_stack}/")}],
                    "status-details": {"status": _SETTLED},
                },
            ),
            targets=[
                targets.SqsQueue(
                    self.turns, message_group_id="rollout", dead_letter_queue=self.dead_letters, retry_attempts=8
                )
            ],
        )
        return function

    def _target(self, function: lambda_.Function) -> events.IRuleTarget:
        return targets.LambdaFunction(function, dead_letter_queue=self.dead_letters, retry_attempts=8)

    def _decrypt(self, reason: str) -> list[Statement]:
        if self._key is None:
            return []
        return [Statement("UseKey", reason, ("kms:Decrypt",), [self._key.key_arn])]
