"""A deployment is described by settings that are documented, complete and refused early when they cannot work."""

import argparse
import json
import os
import subprocess
import sys

import pytest

from build_artifacts.rebuild.gate_settings import GateSettings
from build_artifacts.table_flags import _COMPANIES_ONLY, _CUSTOMERS_ONLY, FLAGS
from build_artifacts.topics.flags import add_topics_flags
from cdk.app import ROOT, read_context
from cdk.documents.settings_table import PAGE, page
from cdk.settings import GATE_LIMITS, TABLE_FLAGS, TOPICS_FLAGS, SettingsError, read_settings


def read(changes):
    return read_settings({"environments": {"dev": changes}}, "dev")


def test_the_page_of_settings_says_what_the_code_does():
    assert PAGE.read_text("utf-8") == page(), "run: python -m cdk.documents.settings_table"


def test_every_setting_has_a_meaning():
    rows = [line.split(" | ") for line in page().splitlines() if line.startswith("| `")]
    assert rows
    assert [row[0] for row in rows if len(row[2].strip(" |").split()) < 2] == []


def test_the_settings_of_the_repository_can_be_read():
    context = read_context()
    assert read_settings(context, "dev").retain_data is False
    assert read_settings(context, "prod").retain_data is True


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"api": {"authorization": "api_key"}}, "api.kind `rest`"),
        ({"api": {"waf": True}}, "api.waf"),
        ({"api": {"private_vpc_endpoint_ids": ["vpce-1"]}}, "api.private_vpc_endpoint_ids"),
        ({"api": {"authorization": "jwt"}}, "api.jwt.issuer"),
        ({"api": {"authorization": "jwt", "jwt": {"issuer": "https://login.example.com"}}}, "api.jwt.audience"),
        ({"api": {"cors_origins": ["*"]}}, "api.cors_origins"),
        ({"api": {"reserved_concurrency": 2, "provisioned_concurrency": 3}}, "api.provisioned_concurrency"),
        ({"api": {"memory": 1024}}, "api.memory"),
        ({"api": {"log_days": 31}}, "api.log_days"),
        ({"rebuild": {"flags": {"text-colls": "bio"}}}, "rebuild.flags.text-colls"),
        ({"rebuild": {"gate": {"row_drop": 1}}}, "rebuild.gate.row_drop"),
        ({"rebuild": {"schedule": "0 3 * * *"}}, "rebuild.schedule"),
        ({"homes": {"app_runner": {"enabled": True}}}, "rebuild.architecture `x86_64`"),
        ({"homes": {"fargate": {"enabled": True}}}, "homes.fargate.certificate_arn"),
        ({"capabilities": {"scoring": False}}, "capabilities"),
        ({"topics": {"instance_types": ["g4dn.2xlarge", "t3.large"]}}, "topics.instance_types: 't3.large'"),
        ({"topics": {"instance_types": []}}, "topics.instance_types"),
        ({"topics": {"flags": {"participants-path": "people.csv"}}}, "participants-path is no place in S3"),
        ({"topics": {"flags": {"participants-path": "s3://b/inputs/transcripts/p.csv"}}}, "among the transcripts"),
        ({"topics": {"flags": {"quarter": "2026Q3"}}}, "topics.flags.quarter"),
        ({"topics": {"flags": {"text-col": "a'b"}}}, "topics.flags.text-col"),
        ({"topics": {"quarter": "2026-Q3"}}, "topics.quarter"),
        ({"topics": {"input_prefix": "transcripts/"}}, "topics.input_prefix"),
        ({"delivery": {"kind": "github"}}, "delivery.repository"),
        ({"delivery": {"kind": "codepipeline", "repository": "a/b"}}, "delivery.connection_arn"),
        ({"name": "Leadgen_Prod"}, "name"),
        ({"data": {"database": {"version": "12.1"}}}, "data.database.version"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(changes, named):
    with pytest.raises(SettingsError) as refusal:
        read(changes)
    assert named in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_settings_error_is_one_line_and_no_stack_trace():
    context = {"environments": {"dev": {"api": {"kinds": "http"}}}, "environment": "dev"}
    environment = {**os.environ, "CDK_CONTEXT_JSON": json.dumps(context)}
    ended = subprocess.run([sys.executable, "-m", "cdk.app"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ended.returncode == 2
    assert ended.stderr.strip().splitlines() == [
        "cdk: environments.dev of cdk.json cannot be used: api.kinds: Extra inputs are not permitted"
    ]


def test_an_environment_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(SettingsError, match=r"'staging' is not among .*dev, prod"):
        read_settings(read_context(), "staging")


def test_the_flags_of_tables_are_those_of_the_command_line():
    names = {flag.name for flag in FLAGS}
    assert names - _COMPANIES_ONLY == TABLE_FLAGS
    assert names >= TABLE_FLAGS - _CUSTOMERS_ONLY


def test_the_flags_of_the_quarterly_run_are_those_of_the_command_line():
    parser = argparse.ArgumentParser(add_help=False)
    add_topics_flags(parser)
    known = {option.removeprefix("--") for action in parser._actions for option in action.option_strings}
    given = {"quarter", "input-path", "text-model", "device", "cache"}
    by_environment = {"database", "llm-base-url", "llm-model", "llm-max-usd"}
    assert known == TOPICS_FLAGS | given | by_environment | {"dry-run"}


def test_the_limits_of_the_gate_are_those_of_the_build():
    numbers = {name for name, field in GateSettings.model_fields.items() if field.annotation in (int, float)}
    assert numbers == GATE_LIMITS
