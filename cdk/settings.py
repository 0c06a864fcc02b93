"""Every knob of a deployment, typed and checked; read from the context in `cdk.json`."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Architecture = Literal["arm64", "x86_64"]
BundleSource = Literal["baked", "s3", "efs"]
LogDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]
"""Ages that CloudWatch can keep logs for."""
TABLE_FLAGS = frozenset(
    {
        *("input-path", "id-col", "text-cols", "cat-cols", "num-cols", "email-col", "name-col", "company-col"),
        *("website-col", "city-col", "country-col", "current-col", "high-value", "filter-cols", "show-cols"),
        *("mask-cols", "missing-values", "max-rejected-share"),
    }
)
"""Flags of `leadgen indices` that describe the customers' table; with `companies-` before them the companies'."""
GATE_LIMITS = frozenset(
    {
        *("min_auc", "auc_drop", "min_recall", "precision_drop", "rows_drop", "rows_rise", "high_value_change"),
        *("rejected_rise", "label_agreement", "novel_share", "novelty_distance", "rank_correlation"),
        *("neighbor_overlap", "golden_share", "sample"),
    }
)
"""Limits of `build_artifacts.rebuild.gate_settings`."""
BUILD_FLAGS = frozenset({"text-model", "index-kind", "band-precisions", "threads", "seed"})
TOPICS_FLAGS = frozenset(
    {
        *("participants-path", "text-unit", "text-col", "company-col", "name-col", "ticker-col", "quarter-col"),
        *("year-col", "document-col", "turn-col", "position-col", "section-col", "speaker-col", "role-col"),
        *("clusterer", "seed", "processes", "threads", "max-failed-share"),
        *("llm-concurrency", "llm-requests-per-minute", "llm-tokens-per-minute", "llm-timeout"),
        *("llm-prompt-usd", "llm-completion-usd", "llm-cached-usd"),
    }
)
"""Flags of `leadgen topics`, without those that the deployment gives it from other settings."""
_CRON = r"^(cron|rate)\(.+\)$"
_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


class SettingsError(ValueError):
    """The settings in `cdk.json` cannot be used; the message is one line that names each setting at fault."""


def _require(condition: bool, message: str) -> None:  # noqa: FBT001
    if not condition:
        raise ValueError(message)


class Section(BaseModel):
    """A group of settings: frozen, and a name that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Capabilities(Section):
    """What the deployment does. What is off creates nothing and costs nothing."""

    scoring: bool = Field(default=True, description="Lead scores and similar companies: rebuilds, image and API.")
    descriptions: bool = Field(default=False, description="Descriptions of companies written from their websites.")
    topics: bool = Field(default=False, description="Topics and themes of transcripts, in PostgreSQL.")


class Database(Section):
    """PostgreSQL with pgvector; created only where the capability `topics` is on."""

    instance_class: str = Field(
        default="db.t4g.micro",
        pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$",
        description="Instance class. The smallest is for trials: the index over 2 M sentences wants 8 GB of memory.",
    )
    storage_gb: int = Field(default=20, ge=20, le=65536, description="Storage (gp3), GB; grows on its own to twice.")
    version: str = Field(default="18.3", pattern=r"^1[5-9]\.\d+$", description="PostgreSQL minor version.")
    backup_days: int = Field(default=7, ge=0, le=35, description="Days that automatic backups are kept; 0 takes none.")
    deletion_protection: bool = Field(default=True, description="Refuse to delete the database.")
    multi_az: bool = Field(default=False, description="A standby in a second zone; doubles the price.")
    stopped_between_runs: bool = Field(
        default=False, description="Stop the database on `stop_schedule`; whoever needs it starts it."
    )
    stop_schedule: str = Field(
        default="cron(0 6 * * ? *)",
        pattern=_CRON,
        description="When to stop it, in `rebuild.time_zone`. Daily: RDS starts a stopped database after seven days.",
    )


class Data(Section):
    """What is kept between deployments."""

    noncurrent_days: int = Field(
        default=30, ge=1, le=3650, description="Days that replaced objects can be restored; bundles 7 at most."
    )
    report_days: int = Field(default=365, ge=1, le=3650, description="Days that reports of builds are kept.")
    log_days: int = Field(default=90, ge=1, le=3650, description="Days that access logs of the bucket are kept.")
    database: Database = Database()


class Rebuild(Section):
    """The build of bundle and image."""

    schedule: str | None = Field(
        default="cron(0 3 * * ? *)", pattern=_CRON, description="When to rebuild; `null` for only by hand."
    )
    time_zone: str = Field(default="Etc/UTC", pattern=r"^[A-Za-z_]+(/[A-Za-z0-9_+-]+)*$", description="IANA time zone.")
    compute: Literal["SMALL", "MEDIUM", "LARGE", "XLARGE"] = Field(
        default="MEDIUM", description="Size of the CodeBuild machine: 2, 4, 8 or 36 virtual CPUs on x86_64."
    )
    architecture: Architecture = Field(default="arm64", description="Processor of the image, its build and function.")
    timeout_minutes: int = Field(
        default=55, ge=5, le=480, description="Stop a build after this long. A deployment waits 60 minutes for its own."
    )
    flags: Mapping[str, str] = Field(
        default={},
        description="Flags of `leadgen indices` without dashes, such as `text-cols` or `companies-input-path`; the "
        "tables lie below `inputs/customers/` and `inputs/companies/` unless said otherwise.",
    )
    gate: Mapping[str, float] = Field(
        default={},
        description="Limits of the quality gate that differ from its defaults, such as `rows_drop`; the build reads "
        "them as `LEADGEN_GATE_*`.",
    )
    notices_email: str | None = Field(
        default=None, pattern=_EMAIL, description="Who hears of failed builds, roll-backs and alarms."
    )
    log_days: LogDays = Field(default=30, description="Days that logs of builds and their functions are kept.")

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        known = TABLE_FLAGS | BUILD_FLAGS | {f"companies-{flag}" for flag in TABLE_FLAGS} | {"companies-similar-by"}
        for flag in self.flags:
            _require(flag in known, f"rebuild.flags.{flag} is no flag of `leadgen indices`")
        for limit in self.gate:
            _require(limit in GATE_LIMITS, f"rebuild.gate.{limit} is no limit of the quality gate")
        return self


class Topics(Section):
    """The quarterly run on a GPU, and the function that answers about its themes; with the capability `topics`."""

    schedule: str | None = Field(
        default="cron(0 7 5 1,4,7,10 ? *)",
        pattern=_CRON,
        description="When to run, in `rebuild.time_zone`; `null` for only by hand. Some hours before "
        "`data.database.stop_schedule`, where the database is stopped between runs.",
    )
    quarter: str | None = Field(
        default=None,
        pattern=r"^\d{4}Q[1-4]$",
        description="The quarter to run, such as `2026Q3`; without one the calendar quarter before the day of the run.",
    )
    input_prefix: str = Field(
        default="inputs/transcripts/",
        pattern=r"^inputs/([\w.-]+/)+$",
        description="Where the transcripts lie in the bucket.",
    )
    text_model: str = Field(
        default="intfloat/e5-base-v2",
        min_length=1,
        description="A model of the Hugging Face hub, or a checkpoint's folder below `inputs/` of the deployment's "
        "bucket as `s3://…`.",
    )
    flags: Mapping[str, str] = Field(
        default={},
        description="More flags of `leadgen topics` without dashes, such as `text-col` or `clusterer`. "
        "`participants-path` is `s3://…`, in the deployment's bucket `inputs/participants/` for instance, and not "
        "below `input_prefix`, where it would be taken for transcripts.",
    )
    llm_key_secret: str | None = Field(
        default=None,
        pattern=r"^[\w/+=.@-]+$",
        description="Name of the secret in Secrets Manager that holds the language model's key as plain text. Without "
        "one the transcripts' own sentences are the summaries.",
    )
    llm_base_url: str = Field(
        default="https://api.x.ai/v1", pattern=r"^https://\S+$", description="OpenAI-compatible endpoint."
    )
    llm_model: str = Field(default="grok-4-1-fast-non-reasoning", min_length=1, description="Language model.")
    llm_max_usd: float = Field(default=5, gt=0, description="Most that a run may spend on it, USD.")
    instance_types: tuple[str, ...] = Field(
        default=("g4dn.2xlarge", "g4dn.4xlarge", "g4dn.xlarge"),
        min_length=1,
        description="Sizes with an NVIDIA GPU to choose from, such as `g4dn.2xlarge` or `g5.xlarge`, in both zones; "
        "the more there are, the rarer are interruptions.",
    )
    purchase: Literal["spot", "on_demand"] = Field(
        default="spot", description="Spot, interruptible at about a third of the price, or on demand."
    )
    max_hours: int = Field(
        default=6, ge=1, le=22, description="Hours after which a run is stopped, whatever it is doing."
    )
    disk_gb: int = Field(default=100, ge=75, le=1000, description="The instance's disk; the machine image has 75 GB.")
    memory_mb: int = Field(default=2048, ge=1024, le=10240, description="Memory of the function that answers.")
    rate: float = Field(
        default=10,
        gt=0,
        description="Requests a second to each route of topics and themes before an HTTP API answers 429.",
    )
    burst: int = Field(
        default=5, ge=1, description="Requests at once to each of these routes before an HTTP API answers 429."
    )
    reserved_concurrency: int | None = Field(
        default=None,
        ge=1,
        description="Most copies of that function at once, each of which holds a connection: the smallest database "
        "takes about 80. None by default, as with `api.reserved_concurrency`, which does not count here.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for kind in self.instance_types:
            known = re.fullmatch(r"g(4dn|5|6)\.\d*xlarge", kind)
            _require(known is not None, f"topics.instance_types: {kind!r} is no size of g4dn, g5 or g6")
        for flag, value in self.flags.items():
            _require(
                flag in TOPICS_FLAGS, f"topics.flags.{flag} is no flag of `leadgen topics`, or has its own setting"
            )
            _require("'" not in value and "\n" not in value, f"topics.flags.{flag} holds a quote or a line's end")
        participants = self.flags.get("participants-path", "s3://bucket/people.csv")
        place = re.fullmatch(r"s3://[^/*?]+/([^*?]+)", participants)
        _require(place is not None, "topics.flags.participants-path is no place in S3 such as s3://bucket/people.csv")
        beside = place is None or not f"{place[1]}/".startswith(self.input_prefix)
        _require(beside, "topics.flags.participants-path lies below topics.input_prefix, among the transcripts")
        return self


class CustomDomain(Section):
    """A domain name of one's own for the API."""

    name: str = Field(pattern=r"^[a-z0-9.-]+\.[a-z]{2,}$", description="Domain name, such as `leads.example.com`.")
    certificate_arn: str = Field(pattern=r"^arn:aws[a-z-]*:acm:", description="Its certificate in the API's region.")
    hosted_zone_id: str | None = Field(
        default=None, description="Route 53 zone to enter it into; without one the output names the target of a CNAME."
    )


class Jwt(Section):
    """Whose tokens the API trusts."""

    issuer: str | None = Field(default=None, pattern=r"^https://\S+$", description="Issuer (`iss`) of the tokens.")
    audience: tuple[str, ...] = Field(default=(), description="Audiences (`aud`), one of which a token must name.")


class Canary(Section):
    """How a new version takes over."""

    deployment: Literal["canary", "linear", "all_at_once"] = Field(
        default="canary", description="One step, equal steps, or none."
    )
    percent: int = Field(default=10, ge=1, le=99, description="Share of the traffic in a step.")
    minutes: int = Field(default=5, ge=1, le=120, description="Minutes that a step lasts.")
    p99_milliseconds: int = Field(default=3000, ge=50, description="Latency p99 of a version that rolls it back.")
    errors: int = Field(default=1, ge=1, description="Errors a minute of a version that roll it back.")


class Api(Section):
    """The HTTP API and the function behind it."""

    kind: Literal["http", "rest"] = Field(
        default="http", description="HTTP API; REST API for keys, a firewall or a private endpoint."
    )
    authorization: Literal["iam", "jwt", "api_key"] = Field(
        default="iam", description="Signed requests (`leadgen call` signs), tokens of `jwt.issuer`, or API keys (REST)."
    )
    jwt: Jwt = Jwt()
    waf: bool = Field(default=False, description="AWS WAF with Amazon's common rules and a rate limit (REST).")
    private_vpc_endpoint_ids: tuple[str, ...] = Field(
        default=(), description="Interface endpoints for `execute-api` that alone may call the API (REST)."
    )
    rate: float = Field(default=50, gt=0, description="Requests a second before the API answers 429.")
    burst: int = Field(default=100, ge=1, description="Requests at once before the API answers 429.")
    cors_origins: tuple[str, ...] = Field(default=(), description="Origins whose pages may call the API.")
    domain: CustomDomain | None = Field(default=None, description="Custom domain.")
    memory_mb: int = Field(default=2048, ge=512, le=10240, description="Memory; 1,769 MB are one virtual CPU.")
    ephemeral_storage_mb: int = Field(
        default=512, ge=512, le=10240, description="Disk below `/tmp`, which holds the bundle where it comes from S3."
    )
    timeout_seconds: int = Field(default=29, ge=3, le=29, description="Longest answer; API Gateway waits for 30 s.")
    reserved_concurrency: int | None = Field(
        default=None,
        ge=1,
        description="Most copies of the function at once. None by default: a new account has only 10 for all "
        "functions, of which AWS lets none be reserved.",
    )
    provisioned_concurrency: int = Field(
        default=0, ge=0, description="Copies kept warm, on the version; 2 GB cost about 18 USD a month each on arm64."
    )
    canary: Canary = Canary()
    bundle_source: BundleSource = Field(
        default="baked", description="Bundle inside the image, copied from S3 at start, or mounted from EFS."
    )
    log_days: LogDays = Field(default=30, description="Days that logs of requests are kept.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        rest = self.kind == "rest"
        _require(rest or self.authorization != "api_key", "api.authorization `api_key` needs api.kind `rest`")
        _require(rest or not self.waf, "api.waf needs api.kind `rest`")
        _require(rest or not self.private_vpc_endpoint_ids, "api.private_vpc_endpoint_ids needs api.kind `rest`")
        _require(not rest or self.authorization != "jwt", "api.authorization `jwt` needs api.kind `http`")
        if self.authorization == "jwt":
            _require(self.jwt.issuer is not None, "api.authorization `jwt` needs api.jwt.issuer")
            _require(bool(self.jwt.audience), "api.authorization `jwt` needs api.jwt.audience")
        private_domain = bool(self.private_vpc_endpoint_ids) and self.domain is not None
        _require(not private_domain, "api.domain does not go with api.private_vpc_endpoint_ids")
        for origin in self.cors_origins:
            _require(bool(re.match(r"^https?://[^/*\s]+$", origin)), f"api.cors_origins: {origin!r} is no origin")
        reserved = self.reserved_concurrency
        fits = reserved is None or self.provisioned_concurrency <= reserved
        _require(fits, "api.provisioned_concurrency exceeds api.reserved_concurrency")
        return self


class Monitoring(Section):
    """Dashboard, alarms and budget."""

    enabled: bool = Field(default=True, description="Dashboard and alarms.")
    error_percent: float = Field(
        default=1, gt=0, le=100, description="Share of requests answered 5xx that sets off the alarm."
    )
    p99_milliseconds: int = Field(default=2000, ge=50, description="Latency p99 that sets off the alarm.")
    bundle_hours: int = Field(default=50, ge=1, description="Age of the bundle in service that sets off the alarm.")
    alarm_email: str | None = Field(
        default=None, pattern=_EMAIL, description="Who hears of alarms and of the budget, besides the notices' reader."
    )
    budget_usd: float | None = Field(default=20, gt=0, description="Monthly budget of this deployment's tag.")


class Fargate(Section):
    """ECS Fargate behind a load balancer."""

    enabled: bool = Field(default=False, description="Serve from ECS Fargate, too.")
    certificate_arn: str | None = Field(default=None, description="Certificate of the load balancer.")
    cpu: Literal[256, 512, 1024, 2048, 4096] = Field(default=1024, description="CPU units; 1,024 are one CPU.")
    memory_mb: int = Field(default=2048, ge=512, le=30720, description="Memory of a task.")
    min_tasks: int = Field(default=1, ge=1, description="Least tasks.")
    max_tasks: int = Field(default=4, ge=1, description="Most tasks.")
    allowed_cidrs: tuple[str, ...] = Field(
        default=(), description="Networks that may reach the load balancer, such as `203.0.113.0/24`; none by default."
    )
    internal: bool = Field(
        default=False, description="A load balancer without public addresses, reached by peering or Transit Gateway."
    )
    waf: bool = Field(default=False, description="AWS WAF with Amazon's common rules and a rate limit.")


class AppRunner(Section):
    """AWS App Runner, which AWS closed to new customers on 30 April 2026; Fargate is the home for everybody else.

    https://docs.aws.amazon.com/apprunner/latest/dg/apprunner-availability-change.html
    """

    enabled: bool = Field(
        default=False,
        description="Serve from App Runner, too; only for accounts that used it before 30 April 2026, when AWS closed "
        "it to new customers. Needs `rebuild.architecture` x86_64.",
    )
    cpu: Literal[1024, 2048, 4096] = Field(default=1024, description="CPU units; 1,024 are one CPU.")
    memory_mb: Literal[2048, 3072, 4096, 6144, 8192, 10240, 12288] = Field(default=2048, description="Memory, MB.")
    min_instances: int = Field(default=1, ge=1, le=25, description="Least instances.")
    max_instances: int = Field(default=4, ge=1, le=25, description="Most instances.")


class Homes(Section):
    """Where the image runs besides Lambda."""

    fargate: Fargate = Fargate()
    app_runner: AppRunner = AppRunner()


class Delivery(Section):
    """Who deploys after a push."""

    kind: Literal["none", "github", "codepipeline"] = Field(
        default="none", description="Nobody, GitHub Actions by OIDC, or CodePipeline."
    )
    repository: str | None = Field(
        default=None,
        pattern=r"^[\w.-]+(@\d+)?/[\w.-]+(@\d+)?$",
        description="`owner/name` on GitHub; `owner@1234/name@5678`, with the ids that GitHub puts into tokens, for a "
        "repository made, renamed or moved since July 2026.",
    )
    branch: str = Field(default="main", min_length=1, description="Branch that is deployed.")
    connection_arn: str | None = Field(
        default=None, pattern=r"^arn:aws[a-z-]*:code(star-)?connections:", description="CodeConnections connection."
    )
    pipeline_environments: tuple[str, ...] = Field(
        default=("dev", "prod"),
        min_length=1,
        description="What CodePipeline deploys to its own account, in this order; it asks before each but the first.",
    )
    oidc_provider_arn: str | None = Field(
        default=None,
        pattern=r"^arn:aws[a-z-]*:iam::",
        description="The account's GitHub OIDC provider, where one exists.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        named = self.kind == "none" or self.repository is not None
        _require(named, f"delivery.kind `{self.kind}` needs delivery.repository")
        connected = self.kind != "codepipeline" or self.connection_arn is not None
        _require(connected, "delivery.kind `codepipeline` needs delivery.connection_arn")
        return self


class Settings(Section):
    """One deployment."""

    name: str = Field(default="leadgen", pattern=r"^[a-z][a-z0-9-]{1,15}$", description="Name of the product.")
    environment: str = Field(pattern=r"^[a-z][a-z0-9]{1,9}$", description="Its key in `environments`.")
    capabilities: Capabilities = Capabilities()
    tags: Mapping[str, str] = Field(default={}, description="Tags of everything, besides `leadgen:deployment`.")
    retain_data: bool = Field(
        default=True, description="Keep bucket, database, images and tables when the stacks are removed."
    )
    encryption: Literal["aws", "kms"] = Field(
        default="aws",
        description="Keys owned by AWS, or one of the account's own (1 USD a month). Chosen once: a repository of "
        "images cannot change its key.",
    )
    data: Data = Data()
    rebuild: Rebuild = Rebuild()
    api: Api = Api()
    topics: Topics = Topics()
    monitoring: Monitoring = Monitoring()
    homes: Homes = Homes()
    delivery: Delivery = Delivery()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        capabilities = self.capabilities
        some = capabilities.scoring or capabilities.descriptions or capabilities.topics
        _require(some, "capabilities: all are off, so there is nothing to deploy")
        fargate, app_runner = self.homes.fargate, self.homes.app_runner
        for name, home in (("fargate", fargate), ("app_runner", app_runner)):
            _require(capabilities.scoring or not home.enabled, f"homes.{name} needs capabilities.scoring")
            baked = self.api.bundle_source != "efs" or not home.enabled
            _require(baked, f"homes.{name} does not go with api.bundle_source `efs`")
        x86 = self.rebuild.architecture == "x86_64"
        _require(x86 or not app_runner.enabled, "homes.app_runner needs rebuild.architecture `x86_64`")
        certified = fargate.certificate_arn is not None or not fargate.enabled
        _require(certified, "homes.fargate needs homes.fargate.certificate_arn")
        return self

    @property
    def has_api(self) -> bool:
        """Whether there is something to ask: then there is an image, its build, its rollout and an API."""
        return self.capabilities.scoring or self.capabilities.topics

    @property
    def prefix(self) -> str:
        """The name that everything of this deployment begins with, such as `leadgen-dev`."""
        return f"{self.name}-{self.environment}"


def read_settings(context: Mapping[str, Any], environment: str) -> Settings:
    """The settings of one of the context's `environments`. Raises SettingsError naming what cannot be used."""
    environments = context.get("environments")
    if not isinstance(environments, Mapping) or environment not in environments:
        known = ", ".join(sorted(environments)) if isinstance(environments, Mapping) else "none"
        raise SettingsError(f"environment {environment!r} is not among `environments` of cdk.json (there: {known})")
    try:
        return Settings.model_validate({**environments[environment], "environment": environment})
    except ValidationError as error:
        problems = "; ".join(_problems(error))
        raise SettingsError(f"environments.{environment} of cdk.json cannot be used: {problems}") from error


def _problems(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in problem["loc"])
        message = problem["msg"].removeprefix("Value error, ")
        yield message if problem["type"] == "value_error" else f"{name}: {message}"
