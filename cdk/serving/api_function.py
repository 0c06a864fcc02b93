"""The function that serves: an image by digest, a version of it, and the alias `live`."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from aws_cdk import Aws, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk.access import Statement, service_role, write_logs
from cdk.logs import log_group
from cdk.names import Names, arn
from cdk.serving.bundle_files import MOUNT, BundleFiles
from cdk.settings import Settings

ALIAS = "live"


class ApiFunction(Construct):
    """`function`, the `version` of this digest and configuration, and the `alias` that the gateway calls.

    A version is replaced when its description changes, so an update of the stack with another digest makes one:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-version.html
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        settings: Settings,
        digest: str,
        bundle: str,
        files: BundleFiles | None,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, name)
        self._settings, self._names, self._key, self._files = settings, Names(settings.prefix), key, files
        self.log_group = log_group(
            self, "Log", settings.api.log_days, key, f"/aws/lambda/{self._names.function('api')}"
        )
        configuration = self._configuration(digest, bundle)
        self.function = lambda_.CfnFunction(
            self, "Function", **configuration, reserved_concurrent_executions=settings.api.reserved_concurrency
        )
        if files:
            self.function.node.add_dependency(files.ready)
        self.version = self._version(digest, bundle, configuration)
        self.alias = lambda_.CfnAlias(
            self,
            "Alias",
            name=ALIAS,
            function_name=self.function.ref,
            function_version=self.version.attr_version,
        )

    def _configuration(self, digest: str, bundle: str) -> dict[str, Any]:
        """What a version freezes: Lambda publishes none where nothing of this has changed."""
        api, names, group = self._settings.api, self._names, self.log_group
        role = service_role(self, "Role", "lambda.amazonaws.com", self._statements(group.log_group_arn))
        registry = f"{Aws.ACCOUNT_ID}.dkr.ecr.{Aws.REGION}.{Aws.URL_SUFFIX}"
        return {
            "function_name": names.function("api"),
            # Another number of warm copies is another version to CloudFormation, so it must be one to Lambda.
            "description": f"Scores leads and finds similar companies; {api.provisioned_concurrency} copies kept warm.",
            "package_type": "Image",
            "code": lambda_.CfnFunction.CodeProperty(image_uri=f"{registry}/{names.repository}@{digest}"),
            "architectures": [self._settings.rebuild.architecture],
            "role": role.role_arn,
            "memory_size": api.memory_mb,
            "timeout": api.timeout_seconds,
            "ephemeral_storage": lambda_.CfnFunction.EphemeralStorageProperty(size=api.ephemeral_storage_mb),
            "environment": lambda_.CfnFunction.EnvironmentProperty(variables=self._environment(bundle)),
            "logging_config": lambda_.CfnFunction.LoggingConfigProperty(log_group=group.log_group_name),
            "tracing_config": lambda_.CfnFunction.TracingConfigProperty(mode="Active"),
            "vpc_config": self._files.vpc_config if self._files else None,
            "file_system_configs": [self._files.mount] if self._files else None,
        }

    def _environment(self, bundle: str) -> dict[str, str]:
        api, names = self._settings.api, self._names
        places = {"s3": f"s3://{names.bucket}/artifacts/{bundle}", "efs": f"{MOUNT}/{bundle}"}
        variables = {
            "LEADGEN_SERVICE": self._settings.prefix,
            "LEADGEN_METRICS": "emf",
            "LEADGEN_REQUIRE_AUTHORIZER": api.authorization,
            # Without the six characters that AWS adds: it finds the secret by this as well.
            "LEADGEN_DIGEST_KEY_SECRET": arn("secretsmanager", f"secret:{names.digest_key}"),
            "LEADGEN_DEDUP_TABLE": names.duplicates,
            "LEADGEN_CORS_ORIGINS": ",".join(api.cors_origins),
        }
        if api.bundle_source in places:
            variables["LEADGEN_BUNDLE_PATH"] = places[api.bundle_source]
        return {name: value for name, value in variables.items() if value}

    def _version(self, digest: str, bundle: str, configuration: dict[str, Any]) -> lambda_.CfnVersion:
        warm = self._settings.api.provisioned_concurrency
        return lambda_.CfnVersion(
            self,
            "Version",
            function_name=self.function.ref,
            description=f"{digest} {bundle} {_digest(self, configuration)}",
            provisioned_concurrency_config=lambda_.CfnVersion.ProvisionedConcurrencyConfigurationProperty(
                provisioned_concurrent_executions=warm
            )
            if warm
            else None,
        )

    def _statements(self, log_group_arn: str) -> Iterator[Statement]:
        names = self._names
        yield write_logs(log_group_arn)
        yield Statement(
            "Trace",
            "Traces of X-Ray; AWS knows no narrower resource for these actions.",
            ("xray:PutTelemetryRecords", "xray:PutTraceSegments"),
            ["*"],
        )
        yield Statement(
            "ReadDigestKey",
            "A lead's e-mail address is compared with the bundle's by its digest.",
            ("secretsmanager:GetSecretValue",),
            [names.digest_key_arn],
        )
        yield Statement(
            "ClaimMailbox",
            "Enters a mailbox once between rebuilds; it can list none.",
            ("dynamodb:PutItem",),
            [names.duplicates_arn],
        )
        if self._key:
            yield Statement(
                "UseKey",
                "Secret and table are encrypted with the deployment's key.",
                ("kms:Decrypt", "kms:GenerateDataKey"),
                [self._key.key_arn],
            )
        if self._settings.api.bundle_source == "s3":
            yield Statement(
                "ReadBundle", "Copies the bundle at start.", ("s3:GetObject",), names.objects("artifacts/*")
            )
        if self._files:
            yield from self._files.reading()


def _digest(scope: Construct, configuration: dict[str, Any]) -> str:
    """Eight hexadecimal digits of a configuration, whatever tokens it holds."""
    resolved = Stack.of(scope).resolve(configuration)
    return hashlib.sha256(json.dumps(resolved, sort_keys=True, default=str).encode()).hexdigest()[:8]
