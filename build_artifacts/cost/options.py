"""What the cost follows from: the deployment's settings, its use in a month, and what was measured or assumed.

Every field is a flag of `leadgen cost` with its help.
"""

from dataclasses import dataclass, field
from typing import Any, Literal


def _option(text: str, *, default: Any) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True, slots=True)
class Deployment:
    """The settings that change the bill. The defaults are those of `cdk.json`, for `dev` and `prod`."""

    home: Literal["lambda", "fargate", "app_runner"] = _option("where the API runs", default="lambda")
    api: Literal["http", "rest"] = _option("API Gateway's kind, in front of Lambda", default="http")
    memory_gb: float = _option("memory of the function, task or instance", default=2.0)
    provisioned: int = _option("provisioned copies of the function", default=0)
    tasks: int = _option("Fargate tasks, or App Runner instances, that always run", default=1)
    task_vcpu: float = _option("virtual CPUs of a task or instance", default=1.0)
    internal: bool = _option("the load balancer has no public address", default=False)
    endpoints: int = _option("more interface endpoints, times zones, than Fargate or EFS need themselves", default=0)
    waf_rules: int = _option("rules of a web ACL; 0 is no ACL", default=0)
    database: bool = _option("topics: PostgreSQL on one db.t4g.micro, and the quarterly run", default=False)
    database_hours: float = _option("hours a month that the database runs", default=730.0)
    database_gb: float = _option("its storage", default=20.0)
    database_zones: int = _option("2 for a standby in another zone", default=1)
    instance: Literal["g4dn.xlarge", "g4dn.2xlarge", "g4dn.4xlarge", "g5.xlarge"] = _option(
        "instance of the quarterly run, which comes with the database", default="g4dn.2xlarge"
    )
    purchase: Literal["spot", "on_demand"] = _option("how it is bought", default="spot")
    disk_gb: float = _option("its disk", default=100.0)
    bundle_source: Literal["baked", "s3", "efs"] = _option("where the API finds its bundle", default="baked")
    build_size: Literal["small", "medium", "large"] = _option("arm64 machine of a rebuild", default="medium")
    images_kept: int = _option("images in the registry; the rollout keeps the ten newest", default=10)
    bundles_kept: int = _option(
        "bundles in the bucket; the rollout keeps the ten newest, what it deletes stays for a week", default=17
    )
    inputs_kept: int = _option("versions of the tables in the bucket; a month of nightly ones", default=30)
    alarms: int = _option("metrics that alarms watch, without those of a database or another home", default=16)
    dashboards: int = _option("dashboards", default=1)
    metrics: int = _option("custom metrics with their dimensions that the API emits", default=11)
    tracing: bool = _option("X-Ray for the function, at its default sampling", default=True)
    log_months: float = _option("months that logs are kept", default=1.0)
    secrets: int = _option("secrets, without those of a database or another home", default=1)
    keys: int = _option("customer managed KMS keys; the topic of notices needs one", default=1)
    recovery: bool = _option("point-in-time recovery of the table of duplicates", default=True)
    pipeline: bool = _option("delivery by CodePipeline; GitHub Actions cost nothing here", default=False)


@dataclass(frozen=True, slots=True)
class Use:
    """A month, and the figures that a machine or a table of the caller's own would change."""

    requests: float = _option("requests a month", default=10_000.0)
    customers: int = _option("rows of the customers' table", default=100_000)
    companies: int = _option("rows of the companies' table", default=30_000)
    rebuilds: float = _option("rebuilds a month", default=30.0)
    deployments: float = _option("deployments of code a month; each bakes the image again", default=4.0)
    runs: float = _option("quarterly runs a month, where there is a database", default=1 / 3)
    run_minutes: float = _option(
        "of such a run; 3,000 firms, five minutes of starting included (projected)", default=25.0
    )
    run_firms: float = _option("firms of a run", default=3000.0)
    firm_usd: float = _option("language model for a firm's topics (assumed); 0 without a key", default=0.0005)
    milliseconds: float = _option(
        "of a warm request; README measures 9 to 13 on a server's core, doubled here", default=25.0
    )
    cold_share: float = _option("share of requests that start a new copy of the function (assumed)", default=0.01)
    cold_milliseconds: float = _option(
        "of such a start, which AWS bills; README measures 780 up to the first answer, doubled", default=1600.0
    )
    claim_share: float = _option("share of requests that claim an e-mail address in the table (assumed)", default=0.5)
    claim_months: float = _option("months that a claim lives; LEADGEN_DEDUP_TTL_SECONDS is 90 days", default=3.0)
    response_kb: float = _option("of an answer; a scored lead with ten neighbours has 7.6", default=7.6)
    log_kb: float = _option(
        "logged a request: the API's line, its metrics, Lambda's report, the access log", default=1.6
    )
    changed_share: float = _option("share of rows that change between rebuilds; only they are embedded", default=0.01)
    embedded_per_second: float = _option("rows embedded a second; README: 23 on two shared cores", default=23.0)
    rebuilt_per_second: float = _option(
        "rows of the rest of a rebuild a second; README: 21,847 in 2 minutes", default=200.0
    )
    build_minutes: float = _option("of a build before and after: install, bake, push (assumed)", default=6.0)
