"""The CodeBuild project of rebuilds, and the role that third-party code runs under in it."""

from collections.abc import Iterator
from urllib.parse import urlparse

from aws_cdk import Aws
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from cdk.access import Statement, acknowledge, service_role
from cdk.names import Names, arn
from cdk.settings import Settings

_IMAGES = {
    "arm64": ("ARM_CONTAINER", "aws/codebuild/amazonlinux-aarch64-standard:3.0"),
    "x86_64": ("LINUX_CONTAINER", "aws/codebuild/amazonlinux-x86_64-standard:5.0"),
}
"""https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html"""
_READ, _WRITTEN = ("inputs/*", "artifacts/*", "caches/*"), ("artifacts/*", "caches/*", "reports/*")


class BuildProject(Construct):
    """One build at a time of the staged `source`, as `build_artifacts/buildspec.yml` says."""

    def __init__(
        self, scope: Construct, name: str, settings: Settings, source: assets.Asset, key: kms.IKey | None
    ) -> None:
        super().__init__(scope, name)
        self._settings, self._names, self._source, self._key = settings, Names(settings.prefix), source, key
        rebuild = settings.rebuild
        role = service_role(
            self,
            "Role",
            "codebuild.amazonaws.com",
            self._statements(),
            only_from_account=True,
        )
        kind, image = _IMAGES[rebuild.architecture]
        self.project = codebuild.CfnProject(
            self,
            "Project",
            name=self._names.project,
            description="Builds the bundle, judges it, bakes and pushes the image.",
            service_role=role.role_arn,
            source=codebuild.CfnProject.SourceProperty(
                type="S3",
                location=f"{source.s3_bucket_name}/{source.s3_object_key}",
                build_spec="build_artifacts/buildspec.yml",
            ),
            artifacts=codebuild.CfnProject.ArtifactsProperty(type="NO_ARTIFACTS"),
            environment=codebuild.CfnProject.EnvironmentProperty(
                type=kind,
                image=image,
                compute_type=f"BUILD_GENERAL1_{rebuild.compute}",
                privileged_mode=True,
                environment_variables=list(self._variables()),
            ),
            logs_config=codebuild.CfnProject.LogsConfigProperty(
                cloud_watch_logs=codebuild.CfnProject.CloudWatchLogsConfigProperty(
                    status="ENABLED", group_name=self._names.build_log
                )
            ),
            encryption_key=key.key_arn if key else arn("kms", "alias/aws/s3"),
            concurrent_build_limit=1,
            timeout_in_minutes=rebuild.timeout_minutes,
            queued_timeout_in_minutes=60,
        )
        acknowledge(
            self.project,
            "AwsSolutions-CB3",
            "Docker builds the image in here, which CodeBuild allows in no other mode.",
        )

    def _variables(self) -> Iterator[codebuild.CfnProject.EnvironmentVariableProperty]:
        names, settings = self._names, self._settings
        plain = {
            "LEADGEN_DATA_BUCKET": names.bucket,
            "LEADGEN_PARAMETER_PREFIX": names.parameters,
            "LEADGEN_REPOSITORY_URI": f"{Aws.ACCOUNT_ID}.dkr.ecr.{Aws.REGION}.{Aws.URL_SUFFIX}/{names.repository}",
            "LEADGEN_BUNDLE_SOURCE": settings.api.bundle_source,
            "LEADGEN_TOPICS": str(settings.capabilities.topics).lower(),
            "LEADGEN_INPUT_PATH": f"s3://{names.bucket}/inputs/customers",
            "LEADGEN_COMPANIES_INPUT_PATH": f"s3://{names.bucket}/inputs/companies",
            **{_variable(flag): value for flag, value in settings.rebuild.flags.items()},
            **{_variable(f"gate-{limit}"): f"{value:g}" for limit, value in settings.rebuild.gate.items()},
        }
        for name, value in plain.items():
            yield codebuild.CfnProject.EnvironmentVariableProperty(name=name, value=value)
        yield codebuild.CfnProject.EnvironmentVariableProperty(
            name="LEADGEN_DIGEST_KEY", value=names.digest_key, type="SECRETS_MANAGER"
        )

    def _statements(self) -> list[Statement]:
        names = self._names
        statements = [
            Statement(
                "WriteLog",
                "Its own log group, which the data's stack made; it cannot make others.",
                ("logs:CreateLogStream", "logs:PutLogEvents"),
                [arn("logs", f"log-group:{names.build_log}:*")],
            ),
            Statement(
                "ReadSource",
                "The code of this deployment, one object of the bucket that `cdk bootstrap` made.",
                ("s3:GetObject", "s3:GetObjectVersion"),
                [f"{self._source.bucket.bucket_arn}/{self._source.s3_object_key}"],
            ),
            Statement(
                "ReadData",
                "Tables are read in the versions that were listed, the bundle in service and the caches as they are.",
                ("s3:GetObject", "s3:GetObjectVersion"),
                names.objects(*_READ),
            ),
            Statement(
                "ListData",
                "Lists the versions below the prefixes that it reads or writes.",
                ("s3:ListBucket", "s3:ListBucketVersions"),
                [names.bucket_arn],
                {"StringLike": {"s3:prefix": sorted({prefix.rstrip("/*") + "*" for prefix in _READ + _WRITTEN})}},
            ),
            Statement(
                "WriteResults",
                "Bundle, caches and report; the inputs it cannot change, and nothing can it delete.",
                ("s3:PutObject", "s3:AbortMultipartUpload"),
                names.objects(*_WRITTEN),
            ),
            Statement(
                "LogInToRegistry",
                "Docker's login; AWS knows no narrower resource for this action.",
                ("ecr:GetAuthorizationToken",),
                ["*"],
            ),
            Statement(
                "PushImage",
                "Pushes the image to this one repository, whose tags cannot be moved, and looks up what arrived.",
                (
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:CompleteLayerUpload",
                    "ecr:DescribeImages",
                    "ecr:GetDownloadUrlForLayer",
                    "ecr:InitiateLayerUpload",
                    "ecr:PutImage",
                    "ecr:UploadLayerPart",
                ),
                [names.repository_arn],
            ),
            Statement(
                "NameCandidate",
                "Writes the candidate; what is in service only the rollout changes.",
                ("ssm:PutParameter",),
                names.parameter_arns("release"),
            ),
            Statement(
                "ReadInService",
                "The quality gate compares with the bundle in service.",
                ("ssm:GetParameter",),
                names.parameter_arns("in-service/digest", "in-service/bundle"),
            ),
            Statement(
                "ReadDigestKey",
                "E-mail addresses enter the bundle as digests under this key.",
                ("secretsmanager:GetSecretValue",),
                [names.digest_key_arn],
            ),
        ]
        return [*statements, *self._own_key(), *self._own_tables()]

    def _own_key(self) -> Iterator[Statement]:
        if self._key:
            yield Statement(
                "UseKey",
                "Bucket, secret and log are encrypted with the deployment's key.",
                ("kms:Decrypt", "kms:GenerateDataKey"),
                [self._key.key_arn],
            )

    def _own_tables(self) -> Iterator[Statement]:
        """Tables that the settings place in other buckets."""
        places = [urlparse(value) for value in self._settings.rebuild.flags.values() if value.startswith("s3://")]
        if not places:
            return
        yield Statement(
            "ReadOwnTables",
            "Tables, pairs or a text model that rebuild.flags place in a bucket of the company's own.",
            ("s3:GetObject", "s3:GetObjectVersion"),
            [f"arn:{Aws.PARTITION}:s3:::{place.netloc}{place.path.rstrip('/')}*" for place in places],
        )
        yield Statement(
            "ListOwnTables",
            "Lists the files and versions of those tables.",
            ("s3:ListBucket", "s3:ListBucketVersions"),
            sorted({f"arn:{Aws.PARTITION}:s3:::{place.netloc}" for place in places}),
        )


def _variable(flag: str) -> str:
    return "LEADGEN_" + flag.replace("-", "_").upper()
