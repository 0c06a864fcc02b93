"""The CodeBuild project of rebuilds."""

from collections.abc import Iterator

from aws_cdk import Aws
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from cdk.access import acknowledge, service_role
from cdk.names import Names, arn
from cdk.rebuilding.build_roles import of_rebuild
from cdk.rebuilding.descriptions import description_variables
from cdk.settings import Settings

_IMAGES = {
    "arm64": ("ARM_CONTAINER", "aws/codebuild/amazonlinux-aarch64-standard:3.0"),
    "x86_64": ("LINUX_CONTAINER", "aws/codebuild/amazonlinux-x86_64-standard:5.0"),
}
"""https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html"""


class BuildProject(Construct):
    """One build at a time of the staged `source`, as `build_artifacts/buildspec.yml` says."""

    def __init__(
        self, scope: Construct, name: str, settings: Settings, source: assets.Asset, key: kms.IKey | None
    ) -> None:
        super().__init__(scope, name)
        self._settings, self._names = settings, Names(settings.prefix)
        rebuild = settings.rebuild
        role = service_role(
            self,
            "Role",
            "codebuild.amazonaws.com",
            of_rebuild(settings, source, key),
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
            **(description_variables(settings, names) if settings.capabilities.descriptions else {}),
        }
        for name, value in plain.items():
            yield codebuild.CfnProject.EnvironmentVariableProperty(name=name, value=value)
        yield codebuild.CfnProject.EnvironmentVariableProperty(
            name="LEADGEN_DIGEST_KEY", value=names.digest_key, type="SECRETS_MANAGER"
        )


def _variable(flag: str) -> str:
    return "LEADGEN_" + flag.replace("-", "_").upper()
