"""Alarms: each says what happened and what to do, and tells the topic of notices."""

from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk.names import Names
from cdk.settings import Settings
from cdk.watching import metrics

_GREATER = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
_LESS = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
_FEWEST_REQUESTS = 20
"""Below so many in five minutes one failure would be a high rate."""
_FAILED_FIRMS_PERCENT = 2
_GB = 1024**3


@dataclass(frozen=True, slots=True)
class Watch:
    """An alarm for when `measured` crosses `threshold` in `periods` periods of five minutes on end."""

    name: str
    advice: str
    measured: cloudwatch.IMetric
    threshold: float
    periods: int = 1
    comparison: cloudwatch.ComparisonOperator = _GREATER


def add_alarm(scope: Construct, names: Names, watch: Watch) -> cloudwatch.Alarm:
    """No data means that nothing happened, so it raises no alarm."""
    alarm = cloudwatch.Alarm(
        scope,
        watch.name,
        alarm_name=f"{names.prefix}-{watch.name}",
        alarm_description=watch.advice,
        metric=watch.measured,
        threshold=watch.threshold,
        comparison_operator=watch.comparison,
        evaluation_periods=watch.periods,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    resource = alarm.node.default_child
    assert isinstance(resource, cloudwatch.CfnAlarm)
    resource.alarm_actions = [names.notices_arn]
    resource.ok_actions = [names.notices_arn]
    return alarm


def failure_rate(failures: dict[str, cloudwatch.IMetric], requests: cloudwatch.IMetric) -> cloudwatch.MathExpression:
    """Percent of the requests, 0 for fewer than 20. A metric that had nothing to count is taken for 0."""
    failed = " + ".join(f"FILL({name}, 0)" for name in failures)
    return cloudwatch.MathExpression(
        expression=f"IF(requests >= {_FEWEST_REQUESTS}, 100 * ({failed}) / requests, 0)",
        using_metrics={**failures, "requests": requests},
        period=metrics.PERIOD,
        label="% of requests that failed",
    )


def api_watches(names: Names, settings: Settings) -> list[Watch]:
    """The API in Lambda, and its table of duplicates."""
    api, monitoring = names.function("api"), settings.monitoring
    failures: dict[str, cloudwatch.IMetric] = {
        "crashed": metrics.of_function(api, "Errors"),
        "answered": metrics.of_service(names.prefix, "Errors5xx", "Sum"),
    }
    return [
        Watch(
            "api-errors",
            f"More than {monitoring.error_percent:g} % of the API's requests failed. Its log names the errors by "
            f"request id. To put the image before this one in service, invoke {names.function('rollout')} with "
            '{"action": "rollback"}.',
            failure_rate(failures, metrics.of_function(api, "Invocations")),
            monitoring.error_percent,
            2,
        ),
        Watch(
            "api-latency",
            f"The API's slowest hundredth takes more than {monitoring.p99_milliseconds} ms. Many cold starts: raise "
            "api.provisioned_concurrency. Otherwise look at latency by route, and raise api.memory_mb.",
            metrics.of_function(api, "Duration", "p99"),
            monitoring.p99_milliseconds,
            3,
        ),
        Watch(
            "api-throttles",
            "Lambda turned requests away. Raise api.reserved_concurrency, or ask AWS for more concurrency in this "
            "account.",
            metrics.of_function(api, "Throttles"),
            0,
        ),
        Watch(
            "duplicates-throttles",
            "The table of duplicates turned writes away: leads were scored, unchecked against those since the last "
            "rebuild. A hot key or a sudden peak; it passes as the table adapts.",
            metrics.of_table(names.duplicates, "WriteThrottleEvents"),
            0,
        ),
    ]


def rebuild_watches(names: Names, settings: Settings) -> list[Watch]:
    """Builds, what follows them, and the age of what is in service."""
    functions = ["first-image", "build-finished", "rollout"]
    if settings.capabilities.scoring:
        functions.append("before-traffic")
    if settings.api.bundle_source == "efs":
        functions.append("copy-bundle")
    failures = {f"f{i}": metrics.of_function(names.function(name), "Errors") for i, name in enumerate(functions)}
    failed = cloudwatch.MathExpression(
        expression=" + ".join(f"FILL({name}, 0)" for name in failures),
        using_metrics=dict(failures),
        period=metrics.PERIOD,
        label="errors",
    )
    watches = [
        Watch(
            "build-failed",
            "A rebuild failed; what was in service stays. Its reasons are in reports/latest.json of the bucket and in "
            "the project's log.",
            metrics.of_builds(names.project, "FailedBuilds"),
            0,
        ),
        Watch(
            "functions-failed",
            f"One of {', '.join(functions)} failed. Read its log; CloudFormation or the rollout may wait for it.",
            failed,
            0,
        ),
        Watch(
            "dead-letters",
            "A scheduled call or an event failed for good. Read the message in the queue, mend its cause, repeat the "
            "call by hand and delete the message.",
            metrics.of_queue(names.dead_letters, "ApproximateNumberOfMessagesVisible"),
            0,
        ),
    ]
    return [*watches, _bundle_age(names, settings)] if settings.capabilities.scoring else watches


def _bundle_age(names: Names, settings: Settings) -> Watch:
    return Watch(
        "bundle-age",
        f"The bundle in service is older than {settings.monitoring.bundle_hours} hours: rebuilds do not run, are "
        "refused by the quality gate, or were rolled back. Look at the builds and at the notices.",
        metrics.of_service(names.prefix, "BundleAge", "Minimum"),
        settings.monitoring.bundle_hours,
        3,
    )


def topics_watches(names: Names, settings: Settings) -> list[Watch]:
    """The quarterly run, and the function that answers about its themes; its maximum age is its own stack's alarm."""
    failed = cloudwatch.MathExpression(
        expression="100 * failed / firms",
        using_metrics={"failed": metrics.of_run(names, "failed"), "firms": metrics.of_run(names, "of")},
        period=metrics.PERIOD,
        label="% of firms that failed",
    )
    return [
        Watch(
            "topics-failed",
            "The quarterly run failed, could not start or reached topics.max_hours, and its instance is gone. The last "
            f"lines in {names.topics_log} say why; mend it and set the group to 1: finished firms are not repeated.",
            metrics.of_run(names, "failed_runs", "Sum"),
            0,
        ),
        Watch(
            "topics-firms-failed",
            f"More than {_FAILED_FIRMS_PERCENT} % of the firms failed in the quarterly run. Their errors are in the "
            "table firms; themes are not made above the run's own limit.",
            failed,
            _FAILED_FIRMS_PERCENT,
        ),
        Watch(
            "topics-spend",
            "The quarterly run has spent nine tenths of topics.llm_max_usd. At the cap it goes on with sentences of "
            "the transcripts for summaries; raise the cap and run again to have them written.",
            metrics.of_run(names, "usd"),
            0.9 * settings.topics.llm_max_usd,
        ),
        Watch(
            "themes-errors",
            "The function that answers about themes failed. Read its log; a database that is stopped between runs "
            "answers nobody.",
            metrics.of_function(names.function("themes"), "Errors"),
            0,
        ),
    ]


def database_watches(identifier: str, settings: Settings) -> list[Watch]:
    """PostgreSQL, where the deployment has one."""
    tenth = settings.data.database.storage_gb * _GB / 10
    return [
        Watch(
            "database-storage",
            "Less than a tenth of the database's first storage is free. It grows up to twice; raise "
            "data.database.storage_gb before it cannot.",
            metrics.of_database(identifier, "FreeStorageSpace", "Minimum"),
            tenth,
            2,
            _LESS,
        ),
        Watch(
            "database-cpu",
            "The database has been busy for half an hour. Look for the statement in pg_stat_activity, or raise "
            "data.database.instance_class.",
            metrics.of_database(identifier, "CPUUtilization", "Average"),
            90,
            6,
        ),
    ]
