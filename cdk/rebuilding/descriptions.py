"""Runs of `leadgen describe`: on which days, with which settings, under which role.

They are builds of the rebuilds' project, which runs one build at a time: no rebuild reads a table that is being
written, and whoever comes second is asked to come again. A run stops after `LEADGEN_DESCRIBE_MINUTES` of
`build_artifacts/buildspec-descriptions.yml`, so that a deployment's build gets its turn, and while it waits for the
Batch API. `functions/build_finished` then starts it again in an hour, by a copy of the schedule that runs once: no
build sits waiting, and nothing is started where nothing is left to do.
"""

import json
from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.access import Statement, service_role
from cdk.names import Names
from cdk.rebuilding.build_roles import of_describing
from cdk.schedule import Schedule
from cdk.settings import Settings

BUILDSPEC = "build_artifacts/buildspec-descriptions.yml"
TIMEOUT_MINUTES = 55
"""More than a run takes of its own accord, with what comes before and after."""
_SHARED_COLUMNS = ("id-col", "name-col", "website-col", "current-col")


class DescriptionRuns(Construct):
    """`schedule` starts them; where none is wanted it is there, switched off, for its call to be copied."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        settings: Settings,
        source: assets.Asset,
        *,
        key: kms.IKey | None,
        dead_letters: sqs.IQueue,
    ) -> None:
        super().__init__(scope, name)
        names = Names(settings.prefix)
        role = service_role(
            self, "Role", "codebuild.amazonaws.com", of_describing(settings, source, key), only_from_account=True
        )
        build = _build(names, role.role_arn)
        self.schedule = Schedule(
            self,
            "Schedule",
            schedule_name=names.descriptions,
            enabled=settings.descriptions.schedule is not None,
            expression=settings.descriptions.expression,
            time_zone=settings.rebuild.time_zone,
            action="codebuild:startBuild",
            arguments=build,
            statements=[
                Statement(
                    "StartBuild",
                    "The schedule starts builds of this one project.",
                    ("codebuild:StartBuild",),
                    [names.project_arn],
                ),
                Statement(
                    "PassRole",
                    "These builds run under a role of their own, which may do less than the project's.",
                    ("iam:PassRole",),
                    [role.role_arn],
                    {"StringEquals": {"iam:PassedToService": "codebuild.amazonaws.com"}},
                ),
            ],
            # A build in progress refuses another one; the next try comes after it.
            retries=20,
            patience=Duration.hours(6),
            dead_letters=dead_letters,
        )
        CfnOutput(
            self,
            "Describe",
            value=f"aws codebuild start-build --cli-input-json '{json.dumps(_as_the_api_spells(build))}'",
            description="Starts a run, or lets one go on, at any time",
        )


def _build(names: Names, role: str) -> dict[str, Any]:
    """The call of StartBuild, as schedules spell it.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html
    """
    told = {
        # The first try of at most so many, after which functions/build_finished tells people.
        "LEADGEN_DESCRIBE_TRY": "1",
        # In place of the project's secret, which this role may not read.
        "LEADGEN_DIGEST_KEY": "none",
    }
    return {
        "ProjectName": names.project,
        "BuildspecOverride": BUILDSPEC,
        "ServiceRoleOverride": role,
        "PrivilegedModeOverride": False,
        "TimeoutInMinutesOverride": TIMEOUT_MINUTES,
        "EnvironmentVariablesOverride": [
            {"Name": name, "Value": value, "Type": "PLAINTEXT"} for name, value in told.items()
        ],
    }


def _as_the_api_spells(value: Any) -> Any:
    """Keys with a small first letter."""
    if isinstance(value, Mapping):
        return {key[0].lower() + key[1:]: _as_the_api_spells(entry) for key, entry in value.items()}
    return [_as_the_api_spells(entry) for entry in value] if isinstance(value, list) else value


def description_variables(settings: Settings, names: Names) -> dict[str, str]:
    """What the project tells `leadgen describe`, and a rebuild of the table that it writes."""
    descriptions, table = settings.descriptions, settings.rebuild.flags
    columns = {flag: table[f"companies-{flag}"] for flag in _SHARED_COLUMNS if f"companies-{flag}" in table}
    variables = {
        "LEADGEN_DESCRIBED_COMPANIES": names.described,
        "LEADGEN_DESCRIBE_INPUT_PATH": table.get("companies-input-path", f"s3://{names.bucket}/inputs/companies"),
        "LEADGEN_DESCRIBE_OUTPUT_PATH": names.described,
        "LEADGEN_DESCRIBE_KEPT_AT": f"s3://{names.bucket}/caches/descriptions",
        "LEADGEN_LLM_BASE_URL": descriptions.llm_base_url,
        "LEADGEN_LLM_MODEL": descriptions.llm_model,
        "LEADGEN_LLM_MAX_USD": f"{descriptions.llm_max_usd:g}",
        **{_variable(flag): value for flag, value in (columns | dict(descriptions.flags)).items()},
    }
    if descriptions.llm_batch:
        variables["LEADGEN_LLM_BATCH"] = "true"
    if descriptions.llm_key_secret:
        variables["LEADGEN_LLM_API_KEY_SECRET"] = descriptions.llm_key_secret
    return variables


def _variable(flag: str) -> str:
    prefix = "LEADGEN_" if flag.startswith("llm-") else "LEADGEN_DESCRIBE_"
    return prefix + flag.replace("-", "_").upper()
