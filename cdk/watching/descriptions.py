"""Runs of `leadgen describe`: metrics out of the log of builds, a row of the dashboard, alarms."""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk.names import Names
from cdk.settings import Settings
from cdk.watching.alarms import Watch
from cdk.watching.build_log import count_step
from cdk.watching.dashboard import graphs
from cdk.watching.metrics import PERIOD, metric

DESCRIBED = (
    *("companies", "described", "unchanged", "fallback", "over_budget", "waiting_for_batch"),
    *("unreachable", "robots", "needs_js", "no_text", "no_website", "usd"),
)
"""Fields of the line that `leadgen describe` ends with, unless it is stopped."""
UNFINISHED = "unfinished"
"""Field of the line that `build_artifacts/buildspec-descriptions.yml` writes when a run stopped, or waits."""
AGE = "age_hours"
"""Field of the line in which `build_artifacts.rebuild.described` tells how old the table is."""
_FAILED_PERCENT = 30
"""Of companies with a website; in an old table one of ten is often gone."""


def count_descriptions(scope: Construct, names: Names) -> None:
    """What a run came to, how often it was interrupted, and how old its table is when rebuilds read it."""
    for step, fields in (("described", DESCRIBED), ("descriptions", (UNFINISHED,)), ("described table", (AGE,))):
        count_step(scope, names, step, fields, namespace=names.descriptions)


def descriptions_row(names: Names) -> list[cloudwatch.IWidget]:
    """What runs came to."""
    shown = {
        "companies": ("companies", "described", "unchanged"),
        "sites not read": ("unreachable", "robots", "needs_js", "no_text"),
        "not by the model": ("fallback", "over_budget", "waiting_for_batch"),
        "language model, USD": ("usd",),
        "builds that ended before the run": (UNFINISHED,),
        "age of the table, hours": (AGE,),
    }
    rows = {title: [_of_runs(names, field) for field in fields] for title, fields in shown.items()}
    return graphs(*((f"Descriptions: {title}", lines) for title, lines in rows.items()))


def descriptions_watches(names: Names, settings: Settings) -> list[Watch]:
    """A build of a run that fails is among the failed builds."""
    described = settings.descriptions
    watches = [
        Watch(
            "descriptions-spend",
            "Descriptions have cost nine tenths of descriptions.llm_max_usd. At the cap companies get sentences of "
            "their websites; raise the cap, and the next run asks for the others.",
            _of_runs(names, "usd"),
            0.9 * described.llm_max_usd,
        ),
        Watch(
            "descriptions-failed",
            f"More than {_FAILED_PERCENT} % of the companies' websites could not be reached, or were not described by "
            "the language model. The ledger beside the described table names status and detail of each company.",
            _failed(names),
            _FAILED_PERCENT,
        ),
    ]
    return [*watches, _age(names, described.period_hours)] if described.schedule else watches


def _failed(names: Names) -> cloudwatch.MathExpression:
    fields = ("unreachable", "fallback", "companies", "no_website")
    return cloudwatch.MathExpression(
        expression="IF(companies > no_website, 100 * (unreachable + fallback) / (companies - no_website), 0)",
        using_metrics={name: _of_runs(names, name) for name in fields},
        period=PERIOD,
        label="% of companies that failed",
    )


def _age(names: Names, period_hours: int) -> Watch:
    """Told by rebuilds: an alarm of CloudWatch looks back seven days at most.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    return Watch(
        "descriptions-age",
        "No run of descriptions was complete for two periods. Read the log of the last builds that describe, and look "
        "whether the schedule is on; rebuilds go on with the table as it is.",
        _of_runs(names, AGE),
        2 * period_hours,
    )


def _of_runs(names: Names, name: str) -> cloudwatch.Metric:
    return metric(names.descriptions, name, "Maximum")
