"""Logs, metrics, alarms, traces."""

from build_artifacts.cost import prices
from build_artifacts.cost.line import Line
from build_artifacts.cost.options import Deployment, Use

_COMPONENT = "CloudWatch"
_DATABASE_ALARMS = 8
"""Of the database, the quarterly run, and the function that answers about its themes."""
_HOME_ALARMS = {"lambda": 0, "fargate": 6, "app_runner": 4}


def observing_lines(deployment: Deployment, use: Use) -> list[Line]:
    """A custom metric is paid for the hours in which it is sent, so one without traffic costs nothing.

    Source: https://aws.amazon.com/cloudwatch/pricing/, "prorated by the hour and metered only when you send metrics".
    """
    logged = use.requests * use.log_kb / 1e6
    sent = deployment.metrics * min(1.0, use.requests / prices.HOURS)
    traces = traced(use.requests) if deployment.tracing and deployment.home == "lambda" else 0.0
    alarms = deployment.alarms + _DATABASE_ALARMS * deployment.database + _HOME_ALARMS[deployment.home]
    return [
        Line(_COMPONENT, "alarms", alarms, prices.ALARM),
        Line(_COMPONENT, "dashboards", deployment.dashboards, prices.DASHBOARD),
        Line(_COMPONENT, "metrics of the API", sent, prices.METRIC, "requests"),
        Line(_COMPONENT, "logs", logged, prices.LOG_INGESTED, "requests"),
        Line(_COMPONENT, "logs kept", logged * deployment.log_months, prices.LOG_STORED, "requests"),
        Line("X-Ray", "traces", traces, prices.TRACE, "requests"),
    ]


def traced(requests: float) -> float:
    """Traces of evenly spread requests by X-Ray's default rule: the first of each second and 5 % of the others.

    Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html
    """
    first = min(requests, prices.SECONDS)
    return first + 0.05 * (requests - first)
