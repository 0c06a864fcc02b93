"""What the image needs wherever it runs as a server: environment, secrets and rights."""

from collections.abc import Iterator

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from cdk.access import Statement, acknowledge
from cdk.names import Names
from cdk.settings import Settings

PORT = 8000
HEALTH = "/health"


class Container(Construct):
    """The image in service under the name `service`, and the secret with the key that callers show."""

    def __init__(self, scope: Construct, name: str, service: str, settings: Settings, key: kms.IKey | None) -> None:
        super().__init__(scope, name)
        self._service, self._settings, self._key = service, settings, key
        self._names = Names(settings.prefix)
        self.api_keys = self._api_keys()

    def _in_service(self, name: str) -> str:
        return ssm.StringParameter.value_for_string_parameter(self, self._names.parameter(f"in-service/{name}"))

    @property
    def image(self) -> str:
        """By digest: another one is deployed by an update of the stack, as the rollout does it."""
        registry = f"{Aws.ACCOUNT_ID}.dkr.ecr.{Aws.REGION}.{Aws.URL_SUFFIX}"
        return f"{registry}/{self._names.repository}@{self._in_service('digest')}"

    def _api_keys(self) -> secretsmanager.Secret:
        secret = secretsmanager.Secret(
            self,
            "ApiKeys",
            secret_name=f"{self._service}/api-keys",
            description=f"{self._service}: keys of its callers, separated by commas.",
            encryption_key=self._key,
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=48, exclude_punctuation=True),
            removal_policy=RemovalPolicy.DESTROY,
        )
        acknowledge(
            secret,
            "AwsSolutions-SMG4",
            "Callers hold the key. To replace it, add another one behind a comma, hand that out, remove the first.",
        )
        return secret

    def secret_arns(self) -> dict[str, str]:
        """Secrets by the setting of the server that they are."""
        digest_key = secretsmanager.Secret.from_secret_name_v2(self, "DigestKey", self._names.digest_key)
        return {"LEADGEN_API_KEYS": self.api_keys.secret_arn, "LEADGEN_DIGEST_KEY": digest_key.secret_arn}

    @property
    def environment(self) -> dict[str, str]:
        """Plain settings of the server; nothing in it is secret."""
        api, names = self._settings.api, self._names
        variables = {
            "LEADGEN_HOST": "0.0.0.0",  # noqa: S104
            "LEADGEN_PORT": str(PORT),
            "LEADGEN_SERVICE": self._service,
            "LEADGEN_METRICS": "emf",
            "LEADGEN_DEDUP_TABLE": names.duplicates,
            "LEADGEN_CORS_ORIGINS": ",".join(api.cors_origins),
        }
        if api.bundle_source == "s3":
            variables["LEADGEN_BUNDLE_PATH"] = f"s3://{names.bucket}/artifacts/{self._in_service('bundle')}"
        return {name: value for name, value in variables.items() if value}

    def running(self) -> Iterator[Statement]:
        """What the application itself may do."""
        yield Statement(
            "ClaimMailbox",
            "Enters a mailbox once between rebuilds; it can list none.",
            ("dynamodb:PutItem",),
            [self._names.duplicates_arn],
        )
        if self._settings.api.bundle_source == "s3":
            reason = "Copies the bundle at start."
            yield Statement("ReadBundle", reason, ("s3:GetObject",), self._names.objects("artifacts/*"))
        yield from self._use_of_key("kms:Decrypt", "kms:GenerateDataKey")

    def reading_secrets(self) -> Iterator[Statement]:
        """What puts secrets into the container's environment."""
        yield Statement(
            "ReadSecrets",
            "The callers' keys and the key of the e-mail digests enter the container as it starts.",
            ("secretsmanager:GetSecretValue",),
            [self.api_keys.secret_arn, self._names.digest_key_arn],
        )
        yield from self._use_of_key("kms:Decrypt")

    def pulling(self, *more: str) -> Iterator[Statement]:
        """What pulls the image, with the actions that a home asks for besides."""
        yield Statement(
            "LogInToRegistry",
            "AWS knows no narrower resource for this action.",
            ("ecr:GetAuthorizationToken",),
            ["*"],
        )
        yield Statement(
            "PullImage",
            "Pulls from this one repository.",
            ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", *more),
            [self._names.repository_arn],
        )

    def _use_of_key(self, *actions: str) -> Iterator[Statement]:
        if self._key:
            reason = "Secrets, bundles and table are encrypted with the deployment's key."
            yield Statement("UseKey", reason, actions, [self._key.key_arn])
