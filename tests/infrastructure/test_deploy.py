"""Deploying and removing, against moto's account; the CDK's own command line is recorded instead of run."""

import json
import shlex

import boto3
import httpx
import pytest

from build_artifacts.cli import _parser
from cdk.commands import deploy, destroy
from cdk.commands.account import Account
from cdk.settings import read_settings

REGION = "eu-west-1"
EMPTY = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})


@pytest.fixture
def account(moto_endpoint, monkeypatch):
    for name, value in {
        "AWS_ENDPOINT_URL": moto_endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    # moto keeps its accounts for as long as the process lives.
    httpx.post(f"{moto_endpoint}/moto-api/reset").raise_for_status()
    return boto3.client("cloudformation")


def settings(**changes):
    return read_settings({"environments": {"dev": changes}}, "dev")


def stacks(client):
    return {stack["StackName"] for stack in client.describe_stacks()["Stacks"]}


def create(client, *names, deployment="leadgen-dev"):
    tags = [{"Key": "leadgen:deployment", "Value": deployment}]
    for name in names:
        client.create_stack(StackName=name, TemplateBody=EMPTY, Tags=tags)


@pytest.fixture
def commands(monkeypatch, tmp_path):
    """What the CDK's command line was asked for; the deployment's outputs are those of a signed API."""
    asked = []
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps({"leadgen-dev-api": {"ApiUrl": "https://a1.execute-api.eu-west-1.amazonaws.com"}}))
    monkeypatch.setattr(deploy, "OUTPUTS", outputs)
    monkeypatch.setattr(deploy, "run_cdk", lambda *arguments: asked.append(arguments))
    monkeypatch.setattr(deploy, "chosen_settings", lambda _: settings(retain_data=False))
    monkeypatch.setattr(deploy, "synthesise", lambda _: ["leadgen-dev-data", "leadgen-dev-rebuild", "leadgen-dev-api"])
    return asked


def test_an_account_that_is_not_prepared_is_bootstrapped_first(account, commands, monkeypatch, capsys):
    monkeypatch.setattr(Account, "deployer", lambda _: None)
    deploy.main("dev")
    assert [asked[0] for asked in commands] == ["bootstrap", "deploy"]
    assert commands[0][1] == "aws://123456789012/eu-west-1"
    assert "administrator" in capsys.readouterr().out


def test_a_stack_that_is_switched_off_goes_and_the_data_and_other_deployments_stay(account, commands, capsys):
    create(account, "leadgen-dev-data", "leadgen-dev-api", "leadgen-dev-monitoring")
    create(account, "leadgen-prod-monitoring", deployment="leadgen-prod")
    deploy.main("dev")
    assert stacks(account) == {"leadgen-dev-data", "leadgen-dev-api", "leadgen-prod-monitoring"}
    assert [asked[0] for asked in commands] == ["deploy"]
    assert "leadgen-dev-monitoring is switched off" in capsys.readouterr().out


def test_without_credentials_a_deployment_ends_with_one_line(monkeypatch, commands):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(SystemExit, match="no AWS account to deploy to: Unable to locate credentials"):
        deploy.main("dev")
    assert commands == []


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({}, None),
        ({"api": {"kind": "rest", "authorization": "api_key"}}, "LEADGEN_API_KEY"),
        (
            {"api": {"authorization": "jwt", "jwt": {"issuer": "https://i.example", "audience": ["a"]}}},
            "LEADGEN_API_TOKEN",
        ),
    ],
)
def test_the_call_that_is_printed_is_one_that_the_command_line_takes(changes, variable):
    outputs = {"leadgen-dev-api": {"ApiUrl": "https://a1.example", "ApiKeyId": "k1"}}
    lines = list(deploy.summary(settings(**changes), REGION, outputs))
    assert "leadgen-dev-api.ApiUrl = https://a1.example" in lines
    (line,) = [line for line in lines if "leadgen call" in line]
    words = shlex.split(line)
    if variable:
        assert words.pop(0).startswith(f"{variable}=")
    assert words.pop(0) == ".venv/bin/leadgen"
    options = _parser().parse_args(words)
    assert (options.method, options.path, options.stack, options.region) == (
        "GET",
        "/health",
        "leadgen-dev-api",
        REGION,
    )


def fill(bucket):
    client = boto3.client("s3")
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"first", b"second"):
        client.put_object(Bucket=bucket, Key="inputs/customers/a.csv", Body=body)
    client.delete_object(Bucket=bucket, Key="inputs/customers/a.csv")
    return client


def test_a_trial_goes_with_everything_in_its_buckets(account, monkeypatch, capsys):
    create(account, "leadgen-dev-data", "leadgen-dev-api")
    create(account, "leadgen-prod-data", deployment="leadgen-prod")
    client = fill(f"leadgen-dev-123456789012-{REGION}")
    monkeypatch.setattr(destroy, "chosen_settings", lambda _: settings(retain_data=False))
    destroy.main("dev")
    assert stacks(account) == {"leadgen-prod-data"}
    left = client.list_object_versions(Bucket=f"leadgen-dev-123456789012-{REGION}")
    assert "Versions" not in left
    assert "DeleteMarkers" not in left
    assert "`cdk bootstrap` made stays" in capsys.readouterr().out


def test_data_that_is_kept_outlives_its_deployment(account, monkeypatch, capsys):
    create(account, "leadgen-dev-data", "leadgen-dev-api")
    client = fill(f"leadgen-dev-123456789012-{REGION}")
    monkeypatch.setattr(destroy, "chosen_settings", lambda _: settings(retain_data=True))
    destroy.main("dev")
    assert stacks(account) == {"leadgen-dev-data"}
    assert len(client.list_object_versions(Bucket=f"leadgen-dev-123456789012-{REGION}")["Versions"]) == 2
    assert "leadgen-dev-data stays" in capsys.readouterr().out


def test_removing_what_is_not_there_says_so(account, monkeypatch):
    monkeypatch.setattr(destroy, "chosen_settings", lambda _: settings())
    with pytest.raises(SystemExit, match="holds nothing of leadgen-dev"):
        destroy.main("dev")


def test_the_buckets_that_are_emptied_are_those_that_the_data_stack_makes(deployment_of):
    deployment = deployment_of("default")
    made = {
        deployment.stacks["data"].readable(bucket["BucketName"]) for _, _, bucket in deployment.of("AWS::S3::Bucket")
    }
    assert set(destroy.buckets(deployment.settings, Account("ACCOUNT", "REGION", "aws"))) == made
