"""Rebuilds and deployments."""

from build_artifacts.cost import prices
from build_artifacts.cost.line import Line
from build_artifacts.cost.options import Deployment, Use

_PIPELINE_MINUTES = 30.0
_WRITES, _READS = 300.0, 600.0
# Lambda asks a quiet queue with five long polls of 20 s: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
_POLLS = 5 * prices.SECONDS / 20


def rebuilding_lines(deployment: Deployment, use: Use) -> list[Line]:
    """Build minutes, and what starts and reports a build."""
    machine = prices.CODEBUILD_ARM[deployment.build_size]
    builds = use.rebuilds + use.deployments
    pipeline = use.deployments * _PIPELINE_MINUTES * deployment.pipeline
    return [
        Line("CodeBuild", "rebuilds", use.rebuilds * rebuild_minutes(use), machine, "rebuilds"),
        Line("CodeBuild", "images of new code", use.deployments * use.build_minutes, machine, "rebuilds"),
        Line("CodePipeline", "deployments", pipeline, prices.PIPELINE, "rebuilds"),
        Line("S3", "files written", builds * _WRITES, prices.S3_PUT, "rebuilds"),
        Line("S3", "files read", builds * _READS, prices.S3_GET, "rebuilds"),
        Line("EventBridge", "schedule", use.rebuilds, prices.SCHEDULE, "rebuilds"),
        Line("SQS", "rollout's queue, polled by Lambda", _POLLS, prices.TURN),
        Line("SNS", "notices", builds, prices.NOTICE, "rebuilds"),
    ]


def rebuild_minutes(use: Use) -> float:
    """Minutes of one rebuild: only rows that changed are embedded, every row is encoded and indexed again."""
    rows = use.customers + use.companies
    seconds = rows * use.changed_share / use.embedded_per_second + rows / use.rebuilt_per_second
    return use.build_minutes + seconds / 60
