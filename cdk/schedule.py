"""A call of an AWS operation on a schedule, without a function in between.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Aws, Duration
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.access import Statement, service_role


class Schedule(Construct):
    """Calls `action`, such as `codebuild:startBuild`, with `arguments` whenever `expression` says, in `time_zone`.

    A refused call is repeated `retries` times within `patience`; what fails for good goes to `dead_letters`. One that
    is not `enabled` calls nothing, and is there for whoever copies it. `role` is what the call is made under.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        expression: str,
        time_zone: str,
        action: str,
        arguments: Mapping[str, Any],
        statements: Sequence[Statement],
        schedule_name: str | None = None,
        enabled: bool = True,
        retries: int = 0,
        patience: Duration | None = None,
        dead_letters: sqs.IQueue | None = None,
    ) -> None:
        super().__init__(scope, name)
        allowed = list(statements)
        if dead_letters:
            allowed.append(
                Statement(
                    "KeepWhatFailed",
                    "Calls that fail for good are kept, so that an alarm tells of them.",
                    ("sqs:SendMessage",),
                    [dead_letters.queue_arn],
                )
            )
        self.role = service_role(self, "Role", "scheduler.amazonaws.com", allowed, only_from_account=True)
        scheduler.CfnSchedule(
            self,
            "Schedule",
            name=schedule_name,
            state="ENABLED" if enabled else "DISABLED",
            schedule_expression=expression,
            schedule_expression_timezone=time_zone,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=f"arn:{Aws.PARTITION}:scheduler:::aws-sdk:{action}",
                input=json.dumps(arguments),
                role_arn=self.role.role_arn,
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_retry_attempts=retries,
                    maximum_event_age_in_seconds=int((patience or Duration.hours(1)).to_seconds()),
                ),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=dead_letters.queue_arn)
                if dead_letters
                else None,
            ),
        )
