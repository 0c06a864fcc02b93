"""Metrics out of the log of the quarterly run, whose progress and end are lines of JSON."""

from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk.names import Names

PROGRESS = (
    *("firms", "of", "failed", "firms_per_second", "seconds_left"),
    *("embedding_busy", "questions_waiting", "questions_open", "usd"),
)
"""Fields of the line that `build_artifacts.topics.progress` writes twice a minute."""
ENDED = "failed_runs"
"""Field of the last line of `build_artifacts.topics.instance`, and of what its `failed.sh` tells."""


def count_run(scope: Construct, names: Names) -> None:
    """Each metric is sent while a run goes on, and paid for that long."""
    for step, fields in (("firms", PROGRESS), ("instance", (ENDED,))):
        for name in fields:
            logs.CfnMetricFilter(
                scope,
                "Run" + name.title().replace("_", ""),
                log_group_name=names.topics_log,
                filter_pattern=f'{{ $.step = "{step}" }}',
                metric_transformations=[
                    logs.CfnMetricFilter.MetricTransformationProperty(
                        metric_namespace=names.topics_group, metric_name=name, metric_value=f"$.{name}"
                    )
                ],
            )
