"""Runs of descriptions: when a build starts them, under which role, with which settings, and what watches them."""

import argparse
import json
import re

import boto3
import pytest
import yaml
from botocore.validate import validate_parameters

from build_artifacts.descriptions.company import Status
from build_artifacts.descriptions.flags import add_describe_flags
from build_artifacts.rebuild.settings import RebuildSettings
from cdk.rebuilding.descriptions import BUILDSPEC, TIMEOUT_MINUTES
from cdk.rebuilding.source import stage
from cdk.settings import DESCRIBE_FLAGS, SettingsError, read_settings
from cdk.watching.descriptions import AGE, DESCRIBED, UNFINISHED
from functions.build_finished.descriptions import TRY

BUCKET = "arn:aws:s3:::leadgen-dev-ACCOUNT-REGION"
OWN_TABLES = "descriptions of own tables with own key"


@pytest.fixture
def described(deployment_of):
    return deployment_of("descriptions")


def schedule(deployment):
    (found,) = [
        s for _, _, s in deployment.of("AWS::Scheduler::Schedule") if s.get("Name") == "leadgen-dev-descriptions"
    ]
    return found


def call(deployment) -> dict:
    """What the schedule asks of CodeBuild."""
    template = deployment.stacks["rebuild"]
    return json.loads(template.readable(schedule(deployment)["Target"]["Input"]))


def variables(deployment) -> dict:
    project = deployment.one("AWS::CodeBuild::Project")
    template = deployment.stacks["rebuild"]
    return {e["Name"]: template.readable(e["Value"]) for e in project["Environment"]["EnvironmentVariables"]}


def alarm(deployment, name):
    found = {a["AlarmName"]: a for _, _, a in deployment.of("AWS::CloudWatch::Alarm")}
    return found.get(f"leadgen-dev-{name}")


def as_the_api_spells(value):
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: as_the_api_spells(entry) for name, entry in value.items()}
    return [as_the_api_spells(entry) for entry in value] if isinstance(value, list) else value


def test_without_the_capability_there_is_nothing_of_it(deployment_of):
    default = deployment_of("default")
    assert not [name for name in variables(default) if "DESCRIBE" in name or "LLM" in name]
    assert not [p for p in default.stacks["rebuild"].permissions() if p.role.startswith("Descriptions")]
    assert len(default.of("AWS::Scheduler::Schedule")) == 1


@pytest.mark.parametrize(
    ("variant", "expression", "state"),
    [
        ("descriptions", "cron(0 21 ? * SUN *)", "ENABLED"),
        (OWN_TABLES, "cron(0 21 1 * ? *)", "ENABLED"),
        ("descriptions by hand", "cron(0 21 ? * SUN *)", "DISABLED"),
    ],
)
def test_it_runs_weekly_or_monthly_or_not_by_itself(deployment_of, variant, expression, state):
    found = schedule(deployment_of(variant))
    assert (found["ScheduleExpression"], found["State"]) == (expression, state)
    assert found["ScheduleExpressionTimezone"] == "Etc/UTC"


def test_the_schedule_starts_the_project_of_rebuilds_with_another_buildspec_and_role(described):
    found = call(described)
    assert found["ProjectName"] == described.one("AWS::CodeBuild::Project")["Name"]
    assert described.one("AWS::CodeBuild::Project")["ConcurrentBuildLimit"] == 1
    assert found["BuildspecOverride"] == BUILDSPEC
    assert found["ServiceRoleOverride"] == "${Descriptions/Role}"
    assert found["PrivilegedModeOverride"] is False
    told = {entry["Name"]: entry["Value"] for entry in found["EnvironmentVariablesOverride"]}
    assert told == {TRY: "1", "LEADGEN_DIGEST_KEY": "none"}
    assert schedule(described)["Target"]["RetryPolicy"]["MaximumRetryAttempts"] > 0


def test_a_person_starts_the_same_build_by_the_command_of_the_output(described):
    (command,) = [
        described.stacks["rebuild"].readable(output["Value"])
        for name, output in described.stacks["rebuild"].body["Outputs"].items()
        if name.startswith("Descriptions")
    ]
    given = json.loads(re.fullmatch(r"aws codebuild start-build --cli-input-json '(.*)'", command)[1])
    assert given == as_the_api_spells(call(described))
    shape = boto3.client("codebuild", region_name="eu-west-1").meta.service_model.operation_model("StartBuild")
    validate_parameters(given, shape.input_shape)


def test_what_reads_pages_of_strangers_may_do_little(described):
    allowed = described.role("rebuild", "Descriptions/Role")
    assert allowed["s3:PutObject"] == {f"{BUCKET}/described/*", f"{BUCKET}/caches/descriptions/*"}
    assert {f"{BUCKET}/inputs/companies*", f"{BUCKET}/caches/descriptions/*"} < allowed["s3:GetObject"]
    assert not [place for place in allowed["s3:GetObject"] if "customers" in place or place.endswith("inputs/*")]
    assert allowed["secretsmanager:GetSecretValue"] == {described.settings.descriptions.llm_key_secret}
    services = {action.partition(":")[0] for action in allowed}
    assert services == {"s3", "logs", "secretsmanager"}


def test_rebuild_and_descriptions_cannot_write_over_each_other(described):
    written = [described.role("rebuild", role)["s3:PutObject"] for role in ("Build/Role", "Descriptions/Role")]
    prefixes = [{place.removesuffix("*") for place in places} for places in written]
    assert not [
        (one, other) for one in prefixes[0] for other in prefixes[1] if one.startswith(other) or other.startswith(one)
    ]
    assert f"{BUCKET}/described/*" in described.role("rebuild", "Build/Role")["s3:GetObject"]
    keys = described.role("rebuild", "Build/Role")["secretsmanager:GetSecretValue"]
    assert described.settings.descriptions.llm_key_secret not in keys


def test_what_starts_runs_passes_their_role_to_codebuild_alone(described):
    passing = {
        p.role: p for p in described.stacks["rebuild"].permissions() if p.sid in ("PassRole", "PassScheduleRole")
    }
    assert passing["Descriptions/Schedule/Role"].resources == ("${Descriptions/Role}",)
    assert passing["Descriptions/Schedule/Role"].condition.endswith("codebuild.amazonaws.com")
    assert passing["BuildFinished/Role"].resources == ("${Descriptions/Schedule/Role}",)
    assert passing["BuildFinished/Role"].condition.endswith("scheduler.amazonaws.com")
    created = described.role("rebuild", "BuildFinished/Role")["scheduler:CreateSchedule"]
    assert created == {"arn:aws:scheduler:REGION:ACCOUNT:schedule/default/leadgen-dev-descriptions-*"}


def test_the_build_is_told_where_the_table_lies_and_where_descriptions_go(described):
    told, bucket = variables(described), BUCKET.removeprefix("arn:aws:s3:::").replace("ACCOUNT-REGION", "")
    places = {name: value.replace(bucket, "") for name, value in told.items() if name.startswith("LEADGEN_DESCRIBE")}
    assert set(places) == {
        f"LEADGEN_DESCRIBE{name}" for name in ("_INPUT_PATH", "_OUTPUT_PATH", "_KEPT_AT", "D_COMPANIES")
    }
    assert places["LEADGEN_DESCRIBE_INPUT_PATH"].endswith("/inputs/companies")
    assert places["LEADGEN_DESCRIBE_OUTPUT_PATH"].endswith("/described/companies.parquet")
    assert places["LEADGEN_DESCRIBE_KEPT_AT"].endswith("/caches/descriptions")
    # What a rebuild reads is what the run before it wrote.
    assert f"LEADGEN_{next(n for n in RebuildSettings.model_fields if n.startswith('described')).upper()}" in told
    assert told["LEADGEN_DESCRIBED_COMPANIES"] == told["LEADGEN_DESCRIBE_OUTPUT_PATH"]
    assert {name: value for name, value in told.items() if name.startswith("LEADGEN_LLM")} == {
        "LEADGEN_LLM_API_KEY_SECRET": described.settings.descriptions.llm_key_secret,
        "LEADGEN_LLM_BASE_URL": "https://api.openai.com/v1",
        "LEADGEN_LLM_BATCH": "true",
        "LEADGEN_LLM_MAX_USD": "2",
        "LEADGEN_LLM_MODEL": "gpt-4o-mini",
    }


def test_columns_of_the_companies_table_are_named_once(deployment_of):
    told = variables(deployment_of(OWN_TABLES))
    assert told["LEADGEN_DESCRIBE_INPUT_PATH"] == told["LEADGEN_COMPANIES_INPUT_PATH"] == "s3://crm-export/firms/"
    assert told["LEADGEN_DESCRIBE_WEBSITE_COL"] == told["LEADGEN_COMPANIES_WEBSITE_COL"] == "homepage"
    assert told["LEADGEN_DESCRIBE_DESCRIPTION_COL"] == "about"
    assert told["LEADGEN_LLM_CONCURRENCY"] == "4"
    assert "LEADGEN_LLM_API_KEY_SECRET" not in told
    role = deployment_of(OWN_TABLES).role("rebuild", "Descriptions/Role")
    assert "arn:aws:s3:::crm-export/firms*" in role["s3:GetObject"]
    assert "secretsmanager:GetSecretValue" not in role
    assert role["kms:GenerateDataKey"] == {"${data/Key}"}


def test_the_buildspec_and_what_it_installs_are_in_the_source(tmp_path):
    stage(tmp_path)
    specification = yaml.safe_load((tmp_path / BUILDSPEC).read_text())
    commands = "\n".join(c for phase in specification["phases"].values() for c in phase["commands"])
    (requirements,) = re.findall(r"-r (\S+)", commands)
    assert (tmp_path / requirements).is_file()


def test_a_build_ends_by_itself_before_it_is_ended_and_before_a_deployment_gives_up(described, tmp_path):
    stage(tmp_path)
    minutes = int(yaml.safe_load((tmp_path / BUILDSPEC).read_text())["env"]["variables"]["LEADGEN_DESCRIBE_MINUTES"])
    assert call(described)["TimeoutInMinutesOverride"] == TIMEOUT_MINUTES
    assert minutes + 10 <= TIMEOUT_MINUTES
    (first_image,) = [
        f for _, _, f in described.of("AWS::Lambda::Function") if f["FunctionName"].endswith("-first-image")
    ]
    # Lambda repeats twice what fails, and it fails while the project is busy.
    assert minutes * 60 < 3 * first_image["Timeout"]


def test_the_log_of_builds_tells_what_runs_came_to(described):
    filters = [f for _, _, f in described.of("AWS::Logs::MetricFilter")]
    told = {}
    for found in filters:
        (counted,) = found["MetricTransformations"]
        if counted["MetricNamespace"] == "leadgen-dev-descriptions":
            assert found["LogGroupName"] == "/aws/codebuild/leadgen-dev-rebuild"
            assert counted["MetricValue"] == f"$.{counted['MetricName']}"
            step = re.fullmatch(r'{ \$\.step = "(.+)" }', found["FilterPattern"])[1]
            told.setdefault(step, set()).add(counted["MetricName"])
    assert told == {"described": set(DESCRIBED), "descriptions": {UNFINISHED}, "described table": {AGE}}
    assert set(DESCRIBED) - {"companies", "usd"} <= set(Status.__args__)
    shown = json.dumps(described.one("AWS::CloudWatch::Dashboard")["DashboardBody"]).replace("\\", "")
    for name in {*DESCRIBED, UNFINISHED, AGE} - {"no_website"}:
        assert f'["leadgen-dev-descriptions","{name}"' in shown


@pytest.mark.parametrize(
    ("variant", "usd", "hours"),
    [("descriptions", 1.8, 336), (OWN_TABLES, 0.9, 1488), ("descriptions by hand", 0.9, None)],
)
def test_alarms_tell_of_spend_failures_and_of_two_periods_without_a_run(deployment_of, variant, usd, hours):
    deployment = deployment_of(variant)
    assert alarm(deployment, "descriptions-spend")["Threshold"] == usd
    (formula,) = [e["Expression"] for e in alarm(deployment, "descriptions-failed")["Metrics"] if "Expression" in e]
    assert "100 * (unreachable + fallback) / (companies - no_website)" in formula
    age = alarm(deployment, "descriptions-age")
    assert (age and age["Threshold"]) == hours


def test_caches_that_a_run_replaces_again_and_again_are_not_kept_for_long(described):
    (bucket,) = [b for _, _, b in described.of("AWS::S3::Bucket") if len(b["LifecycleConfiguration"]["Rules"]) > 1]
    (rule,) = [r for r in bucket["LifecycleConfiguration"]["Rules"] if r.get("Prefix") == "caches/"]
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] <= 2


def test_the_flags_are_those_of_the_command_line():
    parser = argparse.ArgumentParser(add_help=False)
    add_describe_flags(parser)
    known = {option.removeprefix("--") for action in parser._actions for option in action.option_strings}
    by_deployment = {"input-path", "output-path", "kept-at", "cache"}
    own_settings = {"llm-base-url", "llm-model", "llm-max-usd", "llm-batch"}
    assert known == DESCRIBE_FLAGS | by_deployment | own_settings | {"llm-batch-wait"}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"capabilities": {"scoring": False, "topics": True, "descriptions": True}}, "needs capabilities.scoring"),
        ({"descriptions": {"flags": {"llm-model": "x"}}}, "descriptions.flags.llm-model"),
        ({"descriptions": {"llm_key_secret": "openai"}}, "descriptions.llm_key_secret"),
        ({"descriptions": {"schedule": "daily"}}, "descriptions.schedule"),
        ({"rebuild": {"flags": {"companies-text-cols": "slogan"}}}, "companies-text-cols leaves out 'description'"),
        ({"descriptions": {"flags": {"description-col": "about"}}}, "companies-text-cols leaves out 'about'"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(changes, named):
    described = {"capabilities": {"descriptions": True}, **changes}
    with pytest.raises(SettingsError) as refusal:
        read_settings({"environments": {"dev": described}}, "dev")
    assert named in str(refusal.value)
