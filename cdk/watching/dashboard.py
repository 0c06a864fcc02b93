"""What the dashboard shows, row by row."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch

from cdk.names import Names
from cdk.settings import Settings
from cdk.watching import metrics
from cdk.watching.build_log import EMBEDDINGS

_WIDTH, _HEIGHT = 24, 6


def graphs(*shown: tuple[str, Sequence[cloudwatch.IMetric]]) -> list[cloudwatch.IWidget]:
    """One row of graphs of the same width."""
    width = _WIDTH // len(shown)
    return [
        cloudwatch.GraphWidget(title=title, left=list(lines), width=width, height=_HEIGHT) for title, lines in shown
    ]


def heading(settings: Settings, alarms: Sequence[cloudwatch.IAlarm]) -> list[cloudwatch.IWidget]:
    """What this is, the budget, and the alarms' state."""
    budget = settings.monitoring.budget_usd
    limit = f"{budget:g} USD a month (Billing, Budgets)" if budget else "none"
    text = f"# {settings.prefix}\nBudget: {limit}. Settings: `environments.{settings.environment}` of `cdk.json`."
    return [
        cloudwatch.TextWidget(markdown=text, width=8, height=4),
        cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=16, height=4),
    ]


def service_rows(service: str) -> list[list[cloudwatch.IWidget]]:
    """The application at any of its homes."""
    return [
        graphs(
            (f"{service}: requests by route", [metrics.by_route(service, "SampleCount", "requests")]),
            (f"{service}: latency p50 by route, ms", [metrics.by_route(service, "p50", "p50")]),
            (f"{service}: latency p99 by route, ms", [metrics.by_route(service, "p99", "p99")]),
        ),
        graphs(
            (f"{service}: answers 5xx", [metrics.of_service(service, "Errors5xx", "Sum")]),
            (f"{service}: memory, MB", [metrics.of_service(service, "MemoryUsed", "Maximum")]),
            (f"{service}: duplicates", [metrics.of_service(service, "Duplicates", "Sum")]),
            (f"{service}: age of the bundle, hours", [metrics.of_service(service, "BundleAge", "Maximum")]),
        ),
    ]


def lambda_row(names: Names) -> list[cloudwatch.IWidget]:
    """The API's function."""
    api = names.function("api")
    return graphs(
        (
            "Function: invocations, errors",
            [metrics.of_function(api, n) for n in ("Invocations", "Errors", "Throttles")],
        ),
        ("Function: duration, ms", [metrics.of_function(api, "Duration", s) for s in ("p50", "p99")]),
        ("Cold starts", [metrics.of_service(names.prefix, "ColdStarts", "Sum")]),
        ("Copies at once", [metrics.of_function(api, "ConcurrentExecutions", "Maximum")]),
    )


def rebuild_row(names: Names) -> list[cloudwatch.IWidget]:
    """Builds, and the table of duplicates."""
    table = names.duplicates
    return graphs(
        ("Builds", [metrics.of_builds(names.project, name) for name in ("SucceededBuilds", "FailedBuilds")]),
        ("Builds: seconds", [metrics.of_builds(names.project, "Duration", "Maximum")]),
        ("Cache of embeddings: hits, new", [metrics.of_embeddings(names.project, name) for name in EMBEDDINGS]),
        ("Dead letters", [metrics.of_queue(names.dead_letters, "ApproximateNumberOfMessagesVisible")]),
        (
            "Table of duplicates",
            [metrics.of_table(table, name) for name in ("ConsumedWriteCapacityUnits", "WriteThrottleEvents")],
        ),
    )


def database_row(identifier: str) -> list[cloudwatch.IWidget]:
    """PostgreSQL."""
    return graphs(
        ("Database: CPU, %", [metrics.of_database(identifier, "CPUUtilization", "Average")]),
        ("Database: connections", [metrics.of_database(identifier, "DatabaseConnections", "Maximum")]),
        ("Database: free storage, bytes", [metrics.of_database(identifier, "FreeStorageSpace", "Minimum")]),
    )


def run_rows(names: Names) -> list[list[cloudwatch.IWidget]]:
    """The quarterly run, while it goes on, and the instance that it has."""
    group = names.topics_group
    questions = [metrics.of_run(names, f"questions_{state}") for state in ("waiting", "open")]
    return [
        graphs(
            ("Run: firms done, of", [metrics.of_run(names, name) for name in ("firms", "of")]),
            ("Run: firms a second", [metrics.of_run(names, "firms_per_second", "Average")]),
            ("Run: share of the time that the GPU embeds", [metrics.of_run(names, "embedding_busy", "Average")]),
            ("Run: questions waiting, open", questions),
        ),
        graphs(
            ("Run: language model, USD", [metrics.of_run(names, "usd")]),
            ("Run: failed firms", [metrics.of_run(names, "failed")]),
            ("Run: seconds left", [metrics.of_run(names, "seconds_left")]),
            (
                "Run: instances wanted, in service",
                [metrics.of_group(group, f"Group{name}") for name in ("DesiredCapacity", "InServiceInstances")],
            ),
        ),
    ]


def fargate_row(name: str) -> list[cloudwatch.IWidget]:
    """The ECS service, which has its cluster's name."""
    used = [
        metrics.metric("AWS/ECS", kind, "Average", ClusterName=name, ServiceName=name)
        for kind in ("CPUUtilization", "MemoryUtilization")
    ]
    return graphs((f"{name}: CPU and memory, %", used))
