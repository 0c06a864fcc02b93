"""Metrics out of the log of builds, whose steps are lines of JSON."""

from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk.names import Names

EMBEDDINGS = ("hits", "new")


def count_embeddings(scope: Construct, names: Names) -> None:
    """How much of a rebuild the cache of embeddings saved; a metric that is sent once a night costs next to nothing."""
    for name in EMBEDDINGS:
        logs.CfnMetricFilter(
            scope,
            f"Embeddings{name.title()}",
            log_group_name=names.build_log,
            filter_pattern='{ $.step = "embeddings" }',
            metric_transformations=[
                logs.CfnMetricFilter.MetricTransformationProperty(
                    metric_namespace=names.project, metric_name=name, metric_value=f"$.{name}"
                )
            ],
        )
