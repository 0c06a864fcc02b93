"""The GitHub workflows in CodePipeline: test, then deploy each environment, asking before all but the first."""

import json
from typing import Any

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk.access import Statement, service_role, write_logs
from cdk.delivery.bootstrap import assume_bootstrap_roles
from cdk.logs import log_group
from cdk.names import Names
from cdk.settings import Settings

_SOURCE = "Source"
_KEPT = Duration.days(30)


class Pipeline(Construct):
    """A push to the branch starts it; pushes during a run wait their turn."""

    def __init__(self, scope: Construct, settings: Settings, names: Names, key: kms.IKey | None) -> None:
        super().__init__(scope, "Pipeline")
        self._settings = settings
        self._names = names
        self._key = key
        self._name = f"{settings.prefix}-delivery"
        self._bucket = self._artifacts()
        test = self._project("Test", ["make lint test synth"], [])
        deploy = self._project("Deploy", ["make deploy ENVIRONMENT=$ENVIRONMENT"], [assume_bootstrap_roles()])
        codepipeline.CfnPipeline(
            self,
            "Pipeline",
            name=self._name,
            pipeline_type="V2",
            execution_mode="QUEUED",
            role_arn=self._role(test, deploy),
            artifact_store=codepipeline.CfnPipeline.ArtifactStoreProperty(
                type="S3",
                location=self._bucket.bucket_name,
                encryption_key=codepipeline.CfnPipeline.EncryptionKeyProperty(id=key.key_arn, type="KMS")
                if key
                else None,
            ),
            triggers=[self._trigger()],
            stages=[
                _stage(_SOURCE, self._source()),
                _stage("Test", _build("Test", test)),
                *self._deployments(deploy),
            ],
        )
        self._tell("Asks", "Action", {"type": {"category": ["Approval"]}, "state": ["STARTED"]})
        self._tell("Fails", "Pipeline", {"state": ["FAILED"]})

    def _tell(self, name: str, what: str, detail: dict[str, Any]) -> None:
        """Events, because only services may encrypt with the key of the deployment's topic."""
        events.CfnRule(
            self,
            name,
            description=f"{self._name}: {what.lower()} {name.lower()}",
            event_pattern={
                "source": ["aws.codepipeline"],
                "detail-type": [f"CodePipeline {what} Execution State Change"],
                "detail": {"pipeline": [self._name], **detail},
            },
            targets=[events.CfnRule.TargetProperty(id="Notices", arn=self._names.notices_arn)],
        )

    def _artifacts(self) -> s3.Bucket:
        return s3.Bucket(
            self,
            "Sources",
            bucket_name=self._names.deliveries,
            encryption=s3.BucketEncryption.KMS if self._key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=self._key,
            bucket_key_enabled=self._key is not None,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            server_access_logs_bucket=s3.Bucket.from_bucket_name(self, "AccessLogs", self._names.access_logs),
            server_access_logs_prefix="delivery/",
            lifecycle_rules=[s3.LifecycleRule(expiration=_KEPT)],
            # CloudFormation deletes no bucket that holds objects; these are copies of commits and expire.
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _project(self, name: str, commands: list[str], statements: list[Statement]) -> codebuild.PipelineProject:
        group = log_group(self, f"{name}Log", self._settings.rebuild.log_days, self._key)
        role = service_role(
            self,
            f"{name}Role",
            "codebuild.amazonaws.com",
            [
                write_logs(group.log_group_arn),
                Statement(
                    "ReadSource",
                    "The commit that the pipeline hands on, and nothing that it could replace.",
                    ("s3:GetObject", "s3:GetObjectVersion"),
                    [self._bucket.arn_for_objects("*")],
                ),
                *statements,
                *self._use_of_key("kms:Decrypt"),
            ],
            only_from_account=True,
        )
        return codebuild.PipelineProject(
            self,
            name,
            role=role,
            timeout=Duration.hours(2),
            encryption_key=self._key or kms.Alias.from_alias_name(self, f"{name}Key", "alias/aws/s3"),
            grant_report_group_permissions=False,
            environment=codebuild.BuildEnvironment(
                # The tests run Lambda's runtime emulator, which exists for x86-64 alone.
                build_image=codebuild.LinuxBuildImage.STANDARD_7_0,
                compute_type=codebuild.ComputeType.MEDIUM,
            ),
            logging=codebuild.LoggingOptions(cloud_watch=codebuild.CloudWatchLoggingOptions(log_group=group)),
            build_spec=codebuild.BuildSpec.from_object(
                {
                    "version": "0.2",
                    "phases": {
                        "install": {"runtime-versions": {"python": "3.11"}},
                        "build": {"commands": commands},
                    },
                }
            ),
        )

    def _role(self, *projects: codebuild.IProject) -> str:
        delivery = self._settings.delivery
        role = service_role(
            self,
            "Role",
            "codepipeline.amazonaws.com",
            [
                Statement(
                    "PassSourceOn",
                    "Sources go through the pipeline's own bucket.",
                    ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:GetBucketVersioning"),
                    [self._bucket.bucket_arn, self._bucket.arn_for_objects("*")],
                ),
                Statement(
                    "ReadRepository",
                    "Through the connection that the settings name; its GitHub app says to which repositories.",
                    ("codeconnections:UseConnection", "codestar-connections:UseConnection"),
                    [str(delivery.connection_arn)],
                ),
                Statement(
                    "Build",
                    "The pipeline's own two projects.",
                    ("codebuild:StartBuild", "codebuild:BatchGetBuilds"),
                    [project.project_arn for project in projects],
                ),
                *self._use_of_key("kms:Decrypt", "kms:GenerateDataKey"),
            ],
            only_from_account=True,
        )
        return role.role_arn

    def _use_of_key(self, *actions: str) -> list[Statement]:
        if self._key is None:
            return []
        reason = "Sources are encrypted with the deployment's own key."
        return [Statement("UseKey", reason, actions, [self._key.key_arn])]

    @property
    def _repository(self) -> str:
        """Without the ids that only tokens carry."""
        return "/".join(part.split("@")[0] for part in str(self._settings.delivery.repository).split("/"))

    def _source(self) -> dict[str, Any]:
        delivery = self._settings.delivery
        return {
            "name": _SOURCE,
            "action_type_id": _kind("Source", "CodeStarSourceConnection"),
            "configuration": {
                "ConnectionArn": delivery.connection_arn,
                "FullRepositoryId": self._repository,
                "BranchName": delivery.branch,
                "DetectChanges": "false",
            },
            "output_artifacts": [codepipeline.CfnPipeline.OutputArtifactProperty(name=_SOURCE)],
        }

    def _trigger(self) -> codepipeline.CfnPipeline.PipelineTriggerDeclarationProperty:
        branches = codepipeline.CfnPipeline.GitBranchFilterCriteriaProperty(includes=[self._settings.delivery.branch])
        return codepipeline.CfnPipeline.PipelineTriggerDeclarationProperty(
            provider_type="CodeStarSourceConnection",
            git_configuration=codepipeline.CfnPipeline.GitConfigurationProperty(
                source_action_name=_SOURCE,
                push=[codepipeline.CfnPipeline.GitPushFilterProperty(branches=branches)],
            ),
        )

    def _deployments(self, project: codebuild.IProject) -> list[codepipeline.CfnPipeline.StageDeclarationProperty]:
        stages: list[codepipeline.CfnPipeline.StageDeclarationProperty] = []
        for environment in self._settings.delivery.pipeline_environments:
            if stages:
                stages.append(_stage(f"Approve-{environment}", self._approval(environment)))
            stages.append(_stage(f"Deploy-{environment}", _build("Deploy", project, {"ENVIRONMENT": environment})))
        return stages

    def _approval(self, environment: str) -> dict[str, Any]:
        return {
            "name": "Approve",
            "action_type_id": _kind("Approval", "Manual"),
            "configuration": {
                "CustomData": f"Deploy this commit to {environment}? See what it did in the environment before.",
            },
        }


def _kind(category: str, provider: str) -> codepipeline.CfnPipeline.ActionTypeIdProperty:
    return codepipeline.CfnPipeline.ActionTypeIdProperty(category=category, owner="AWS", provider=provider, version="1")


def _build(name: str, project: codebuild.IProject, variables: dict[str, str] | None = None) -> dict[str, Any]:
    given = [{"name": key, "value": value, "type": "PLAINTEXT"} for key, value in (variables or {}).items()]
    return {
        "name": name,
        "action_type_id": _kind("Build", "CodeBuild"),
        "configuration": {"ProjectName": project.project_name, "EnvironmentVariables": json.dumps(given)},
        "input_artifacts": [codepipeline.CfnPipeline.InputArtifactProperty(name=_SOURCE)],
    }


def _stage(name: str, action: dict[str, Any]) -> codepipeline.CfnPipeline.StageDeclarationProperty:
    return codepipeline.CfnPipeline.StageDeclarationProperty(
        name=name, actions=[codepipeline.CfnPipeline.ActionDeclarationProperty(run_order=1, **action)]
    )
