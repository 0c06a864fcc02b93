"""Metrics out of the log of builds, whose steps are lines of JSON; sent once a night they cost next to nothing."""

from collections.abc import Iterable

from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk.names import Names

EMBEDDINGS = ("hits", "new")


def count_embeddings(scope: Construct, names: Names) -> None:
    """How much of a rebuild the cache of embeddings saved."""
    count_step(scope, names, "embeddings", EMBEDDINGS, namespace=names.project)


def count_step(scope: Construct, names: Names, step: str, fields: Iterable[str], *, namespace: str) -> None:
    """A metric for each field, named after it, of the lines of one step."""
    for field in fields:
        logs.CfnMetricFilter(
            scope,
            f"{step} {field}".replace("_", " ").title().replace(" ", ""),
            log_group_name=names.build_log,
            filter_pattern=f'{{ $.step = "{step}" }}',
            metric_transformations=[
                logs.CfnMetricFilter.MetricTransformationProperty(
                    metric_namespace=namespace, metric_name=field, metric_value=f"$.{field}"
                )
            ],
        )
