"""What the small functions of a rebuild may do, beside writing their logs."""

from aws_cdk import Aws, DefaultStackSynthesizer
from aws_cdk import aws_iam as iam

from cdk.access import Statement
from cdk.names import Names, arn
from cdk.quarterly import shared
from cdk.settings import Settings

_QUALIFIER = DefaultStackSynthesizer.DEFAULT_QUALIFIER


def of_first_image(names: Names) -> list[Statement]:
    """Starts the build that a deployment waits for."""
    return [
        Statement(
            "StartBuild",
            "A deployment of code needs an image of it before the API is updated.",
            ("codebuild:StartBuild",),
            [names.project_arn],
        ),
        Statement(
            "LookUpDeployment",
            "A deployment that is being rolled back needs no build.",
            ("cloudformation:DescribeStacks",),
            [arn("cloudformation", f"stack/{names.rebuild_stack}/*")],
        ),
    ]


def of_build_finished(names: Names) -> list[Statement]:
    """Hands on what a build produced, or tells why it produced nothing."""
    return [
        Statement(
            "LookUpBuild",
            "How the build ended, and whether a deployment waits for it.",
            ("codebuild:BatchGetBuilds",),
            [names.project_arn],
        ),
        Statement(
            "ReadCandidate",
            "What the build produced, and which images were taken back before.",
            ("ssm:GetParameter",),
            names.parameter_arns("release", "rollout"),
        ),
        Statement(
            "PutInService",
            "The image that a deployment waits for goes in service with it.",
            ("ssm:PutParameter",),
            names.parameter_arns("in-service/digest", "in-service/bundle"),
        ),
        Statement(
            "ReadReport",
            "A notice names the quality gate's reasons.",
            ("s3:GetObject",),
            names.objects("reports/latest.json"),
        ),
        Statement(
            "StartRollout",
            "A scheduled build that succeeded is rolled out, when its turn comes.",
            ("sqs:SendMessage",),
            [names.turns_arn],
        ),
    ]


def of_going_on(names: Names, schedules_role: iam.IRole) -> list[Statement]:
    """Starts a run of descriptions again that is not complete."""
    return [
        Statement(
            "ReadSchedule",
            "What the schedule of descriptions starts is started again.",
            ("scheduler:GetSchedule",),
            [names.schedule_arn(names.descriptions)],
        ),
        Statement(
            "StartAgain",
            "A schedule that runs once and is gone then; each has the number of the build before in its name.",
            ("scheduler:CreateSchedule",),
            [names.schedule_arn(f"{names.descriptions}-*")],
        ),
        Statement(
            "PassScheduleRole",
            "That schedule starts the build under the role of the one that it copies.",
            ("iam:PassRole",),
            [schedules_role.role_arn],
            {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
        ),
    ]


def of_rollout(names: Names, settings: Settings) -> list[Statement]:
    """Updates the API's stack, and deletes what neither it nor a roll-back needs."""
    stack = arn("cloudformation", f"stack/{names.api_stack}/*")
    served = names.served(settings).removeprefix(f"{names.prefix}-")
    told = shared.SERVING if settings.capabilities.topics else ()
    return [
        Statement(
            "UpdateApi",
            "Puts an image in service by an update of the API's stack, with the template it has.",
            (
                "cloudformation:CancelUpdateStack",
                "cloudformation:DescribeStackEvents",
                "cloudformation:DescribeStacks",
                "cloudformation:UpdateStack",
            ),
            [stack],
        ),
        Statement(
            "PassDeploymentRole",
            "CloudFormation goes on with the role of the stack's deployment, and AWS documents both that its "
            "updater must, and need not, be allowed to pass it.",
            ("iam:PassRole",),
            [arn("iam", f"role/cdk-{_QUALIFIER}-cfn-exec-role-{Aws.ACCOUNT_ID}-{Aws.REGION}", region="")],
            {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
        ),
        Statement(
            "ReadState",
            "Candidate, what is in service, and the state of the rollout; CloudFormation reads the stack's "
            "parameters in its name.",
            ("ssm:GetParameter", "ssm:GetParameters"),
            [
                *names.parameter_arns("release", "rollout", "in-service/digest", "in-service/bundle", *told),
                arn("ssm", f"parameter/cdk-bootstrap/{_QUALIFIER}/version"),
            ],
        ),
        Statement(
            "WriteState",
            "What is in service, and the state of the rollout.",
            ("ssm:PutParameter",),
            names.parameter_arns("rollout", "in-service/digest", "in-service/bundle"),
        ),
        Statement(
            "PruneImages",
            "Deletes images that no version and no roll-back needs.",
            ("ecr:BatchDeleteImage", "ecr:DescribeImages"),
            [names.repository_arn],
        ),
        Statement(
            "ImagesOfVersions",
            "Which images the versions of the API's function use.",
            ("lambda:GetFunction", "lambda:ListVersionsByFunction"),
            [names.function_arn(served), f"{names.function_arn(served)}:*"],
        ),
        Statement(
            "ListBundles",
            "Which bundles there are, and how old they are; it sees no other name in the bucket.",
            ("s3:ListBucket",),
            [names.bucket_arn],
            {"StringLike": {"s3:prefix": "artifacts/*"}},
        ),
        Statement(
            "PruneBundles",
            "Deletes bundles that nothing in service and no roll-back needs; the bucket keeps what it replaces "
            "for a while.",
            ("s3:DeleteObject",),
            names.objects("artifacts/*/*"),
        ),
        Statement(
            "ReadCurrent",
            "The bundle that whoever reads the bucket itself is pointed to stays.",
            ("s3:GetObject",),
            names.objects("artifacts/CURRENT"),
        ),
        Statement(
            "TakeTurns",
            "What there is to look at, one message after the other.",
            ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
            [names.turns_arn],
        ),
    ]
