"""The function that answers about topics and themes: the API's image, inside the database's network."""

from collections.abc import Iterator

from aws_cdk import Aws, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk.access import Statement, service_role, write_logs
from cdk.logs import log_group
from cdk.names import Names, arn
from cdk.quarterly import shared
from cdk.quarterly.permissions import TEXT_MODEL
from cdk.serving.bundle_files import network_interfaces
from cdk.settings import Settings
from cdk.storing.database import NAME, PORT, READER

PATHS = ("firms", "runs", "sentences", "themes", "topics")
"""What its routes begin with (`functions.api.quarterly`)."""
_CERTIFICATES = "/srv/rds-ca.pem"
"""Where the Dockerfile puts the certificates of RDS."""
_DISK_MB = 2048


class ThemesFunction(Construct):
    """`function` logs in to the database as its reader, and reaches nothing else but the text model in the bucket.

    It changes image in the same update as the API's own function, so it needs no version and no canary of its own.
    """

    def __init__(self, scope: Construct, name: str, settings: Settings, digest: str, key: kms.IKey | None) -> None:
        super().__init__(scope, name)
        self._settings, self._names, self._key = settings, Names(settings.prefix), key
        names = self._names
        stack = Stack.of(self)
        subnets = shared.told_list(stack, names, shared.PRIVATE_SUBNETS)
        clients, host, database = (
            shared.told(stack, names, value) for value in (shared.CLIENTS, shared.HOST, shared.RESOURCE)
        )
        group = log_group(self, "Log", settings.api.log_days, key, f"/aws/lambda/{names.function('themes')}")
        role = service_role(self, "Role", "lambda.amazonaws.com", self._statements(group.log_group_arn, database))
        registry = f"{Aws.ACCOUNT_ID}.dkr.ecr.{Aws.REGION}.{Aws.URL_SUFFIX}"
        self.function = lambda_.CfnFunction(
            self,
            "Function",
            function_name=names.function("themes"),
            description="Answers about topics and themes, out of the database.",
            package_type="Image",
            code=lambda_.CfnFunction.CodeProperty(image_uri=f"{registry}/{names.repository}@{digest}"),
            architectures=[settings.rebuild.architecture],
            role=role.role_arn,
            memory_size=settings.topics.memory_mb,
            timeout=settings.api.timeout_seconds,
            reserved_concurrent_executions=settings.topics.reserved_concurrency,
            ephemeral_storage=lambda_.CfnFunction.EphemeralStorageProperty(size=_DISK_MB),
            environment=lambda_.CfnFunction.EnvironmentProperty(variables=self._environment(host)),
            logging_config=lambda_.CfnFunction.LoggingConfigProperty(log_group=group.log_group_name),
            tracing_config=lambda_.CfnFunction.TracingConfigProperty(mode="Active"),
            vpc_config=lambda_.CfnFunction.VpcConfigProperty(security_group_ids=[clients], subnet_ids=subnets),
        )

    def _environment(self, host: str) -> dict[str, str]:
        api, names = self._settings.api, self._names
        options = f"region={Aws.REGION}&sslrootcert={_CERTIFICATES}"
        variables = {
            "LEADGEN_SERVICE": names.function("themes"),
            "LEADGEN_METRICS": "emf",
            "LEADGEN_REQUIRE_AUTHORIZER": api.authorization,
            "LEADGEN_DATABASE_URL": f"rds-iam://{READER}@{host}:{PORT}/{NAME}?{options}",
            "LEADGEN_THEMES_TEXT_MODEL": f"s3://{names.bucket}/{TEXT_MODEL}",
            # Lambda gives a copy one request at a time, and a small database has few connections.
            "LEADGEN_CONCURRENCY": "1",
            "LEADGEN_CORS_ORIGINS": ",".join(api.cors_origins),
        }
        # Empty, it takes back what the image says: the bundle in it is not this function's to serve.
        return {name: value for name, value in variables.items() if value} | {"LEADGEN_BUNDLE_PATH": ""}

    def _statements(self, log_group_arn: str, database: str) -> Iterator[Statement]:
        names = self._names
        yield write_logs(log_group_arn)
        yield network_interfaces()
        yield Statement(
            "Trace",
            "Traces of X-Ray; AWS knows no narrower resource for these actions.",
            ("xray:PutTelemetryRecords", "xray:PutTraceSegments"),
            ["*"],
        )
        yield Statement(
            "ReadDatabase",
            "Logs in to the database as its reader, who can change nothing in it.",
            ("rds-db:connect",),
            [arn("rds-db", f"dbuser:{database}/{READER}")],
        )
        yield Statement(
            "ReadTextModel",
            "The model that embeds questions, which the quarterly run has put there.",
            ("s3:GetObject",),
            names.objects(f"{TEXT_MODEL}*"),
        )
        if self._key:
            yield Statement(
                "UseKey", "The bucket is encrypted with the deployment's key.", ("kms:Decrypt",), [self._key.key_arn]
            )
