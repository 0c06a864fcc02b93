"""The quarterly run of topics and themes: an instance for its time, and the language model."""

from build_artifacts.cost import prices
from build_artifacts.cost.line import Line
from build_artifacts.cost.options import Deployment, Use

_MODEL_GB = 0.44
"""E5-base in full precision, for the function that answers."""
_METRICS = 10
"""Of the run's log; sent while it goes on."""
_METRICS_OF_INSTANCE = 7
"""With detailed monitoring: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/manage-detailed-monitoring.html"""


def running_lines(deployment: Deployment, use: Use) -> list[Line]:
    """Nothing without the database that the run writes to."""
    if not deployment.database:
        return []
    instance = prices.GPU[deployment.purchase][deployment.instance]
    hours = use.runs * use.run_minutes / 60
    disk = hours / prices.HOURS * deployment.disk_gb
    metrics = (_METRICS + _METRICS_OF_INSTANCE) * hours / prices.HOURS
    return [
        Line("Quarterly run", f"{deployment.instance}, {_PURCHASES[deployment.purchase]}", hours, instance, "runs"),
        Line("Quarterly run", "its disk", disk, prices.EBS_STORED, "runs"),
        Line("Quarterly run", "its public address", hours, prices.PUBLIC_IPV4, "runs"),
        Line("Quarterly run", "its metrics", metrics, prices.METRIC, "runs"),
        Line("Quarterly run", "language model", use.runs * use.run_firms, prices.firm_summaries(use.firm_usd), "runs"),
        Line("Quarterly run", "text model in S3", _MODEL_GB, prices.S3_STORED),
    ]


_PURCHASES = {"spot": "spot", "on_demand": "on demand"}
