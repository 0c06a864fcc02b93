"""The physical names that one stack gives and another uses.

Stacks share names, not exports: an export in use cannot be removed, so a capability could not be switched off.
"""

from dataclasses import dataclass

from aws_cdk import Aws

from cdk.settings import Settings


def arn(service: str, resource: str, *, region: str = Aws.REGION, account: str = Aws.ACCOUNT_ID) -> str:
    """The ARN of a resource in this account."""
    return f"arn:{Aws.PARTITION}:{service}:{region}:{account}:{resource}"


@dataclass(frozen=True, slots=True)
class Names:
    """Names within the deployment `prefix`, such as `leadgen-dev`."""

    prefix: str

    @property
    def bucket(self) -> str:
        """Bucket of inputs, artifacts, caches and reports."""
        return f"{self.prefix}-{Aws.ACCOUNT_ID}-{Aws.REGION}"

    @property
    def access_logs(self) -> str:
        """Bucket of the other buckets' access logs."""
        return f"{self.prefix}-logs-{Aws.ACCOUNT_ID}-{Aws.REGION}"

    @property
    def parameters(self) -> str:
        """What the parameters' names begin with, without a slash at the end."""
        return f"/{self.prefix}"

    @property
    def repository(self) -> str:
        """Repository of images."""
        return self.prefix

    @property
    def duplicates(self) -> str:
        """Table of mailboxes already entered."""
        return f"{self.prefix}-duplicates"

    @property
    def digest_key(self) -> str:
        """Secret of the e-mail digests."""
        return f"{self.prefix}/digest-key"

    @property
    def notices(self) -> str:
        """Topic of notices and alarms."""
        return f"{self.prefix}-notices"

    @property
    def deliveries(self) -> str:
        """Bucket of the commits that the pipeline hands on."""
        return f"{self.prefix}-delivery-{Aws.ACCOUNT_ID}-{Aws.REGION}"

    @property
    def dead_letters(self) -> str:
        """Queue of calls and events that failed for good."""
        return f"{self.prefix}-dead-letters"

    @property
    def turns(self) -> str:
        """Queue of what the rollout has to look at."""
        return f"{self.prefix}-rollout.fifo"

    @property
    def turns_arn(self) -> str:
        """ARN of this queue."""
        return arn("sqs", self.turns)

    @property
    def database(self) -> str:
        """Identifier of the database."""
        return f"{self.prefix}-topics"

    @property
    def topics_group(self) -> str:
        """Auto Scaling group of the quarterly run, and the namespace of the run's metrics."""
        return f"{self.prefix}-topics"

    @property
    def topics_log(self) -> str:
        """Log group of the quarterly run."""
        return f"/{self.prefix}/topics"

    @property
    def described(self) -> str:
        """The companies' table with descriptions; its ledger and report lie beside it."""
        return f"s3://{self.bucket}/described/companies.parquet"

    @property
    def descriptions(self) -> str:
        """Schedule of descriptions, and the namespace of their metrics."""
        return f"{self.prefix}-descriptions"

    def schedule_arn(self, name: str) -> str:
        """ARN of a schedule in the default group."""
        return arn("scheduler", f"schedule/default/{name}")

    def home(self, name: str) -> str:
        """Service that runs the image outside Lambda: `fargate` or `app-runner`."""
        return f"{self.prefix}-{name}"

    @property
    def project(self) -> str:
        """CodeBuild project of rebuilds."""
        return f"{self.prefix}-rebuild"

    @property
    def api_stack(self) -> str:
        """Stack that the rollout updates."""
        return f"{self.prefix}-api"

    @property
    def rebuild_stack(self) -> str:
        """Stack of builds and rollout."""
        return f"{self.prefix}-rebuild"

    def function(self, name: str) -> str:
        """Lambda function, such as `api`, `rollout` or `before-traffic`."""
        return f"{self.prefix}-{name}"

    def served(self, settings: Settings) -> str:
        """The function that everything goes to which no other function answers."""
        return self.function("api" if settings.capabilities.scoring else "themes")

    def function_arn(self, name: str) -> str:
        """ARN of a function, without version or alias."""
        return arn("lambda", f"function:{self.function(name)}")

    def objects(self, *prefixes: str) -> list[str]:
        """ARNs of the bucket's objects, such as `inputs/*`."""
        return [f"{self.bucket_arn}/{prefix}" for prefix in prefixes]

    @property
    def bucket_arn(self) -> str:
        """ARN of the bucket itself."""
        return f"arn:{Aws.PARTITION}:s3:::{self.bucket}"

    @property
    def repository_arn(self) -> str:
        """ARN of the repository of images."""
        return arn("ecr", f"repository/{self.repository}")

    @property
    def duplicates_arn(self) -> str:
        """ARN of the table of duplicates."""
        return arn("dynamodb", f"table/{self.duplicates}")

    @property
    def digest_key_arn(self) -> str:
        """ARN of the secret; AWS adds six characters to its name."""
        return arn("secretsmanager", f"secret:{self.digest_key}-??????")

    @property
    def notices_arn(self) -> str:
        """ARN of the topic."""
        return arn("sns", self.notices)

    @property
    def build_log(self) -> str:
        """Log group of builds."""
        return f"/aws/codebuild/{self.project}"

    @property
    def project_arn(self) -> str:
        """ARN of the CodeBuild project."""
        return arn("codebuild", f"project/{self.project}")

    def parameter(self, name: str) -> str:
        """Name of a parameter, such as `release` or `in-service/digest`."""
        return f"{self.parameters}/{name}"

    def parameter_arns(self, *names: str) -> list[str]:
        """ARNs of parameters."""
        return [arn("ssm", f"parameter{self.parameter(name)}") for name in names]
