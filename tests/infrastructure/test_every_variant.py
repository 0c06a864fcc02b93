"""What holds for every deployment, whatever its settings."""

import json
import re
from functools import cache

import cfnlint.api
import pytest
from cfnlint.config import ManualArgs

from cdk.function import FOLDER, FUNCTIONS

PUBLIC_BLOCK = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}


@cache
def lint(template):
    """Many variants share a stack, and the linter takes a second for each."""
    return [str(match) for match in cfnlint.api.lint(template, config=ManualArgs(regions=["us-east-1"]))]


def test_cfn_lint_finds_nothing(deployment):
    for part, template in deployment.stacks.items():
        assert lint(json.dumps(template.body)) == [], part


def test_every_statement_of_every_role_has_a_reason_and_lists_its_actions(deployment):
    for template in deployment.stacks.values():
        for permission in template.permissions():
            where = f"{template.part}: {permission.role} {permission.sid}"
            assert len(permission.reason.split()) >= 3, where
            assert not [action for action in permission.actions if "*" in action], where


def test_no_role_has_a_managed_policy_of_aws(deployment):
    for part, name, role in deployment.of("AWS::IAM::Role"):
        assert "ManagedPolicyArns" not in role, f"{part}: {name}"


def test_buckets_are_private_encrypted_and_tls_only(deployment):
    policies = {json.dumps(policy["Bucket"]): policy for _, _, policy in deployment.of("AWS::S3::BucketPolicy")}
    for _, name, bucket in deployment.of("AWS::S3::Bucket"):
        assert bucket["PublicAccessBlockConfiguration"] == PUBLIC_BLOCK
        assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        statements = policies[json.dumps({"Ref": name})]["PolicyDocument"]["Statement"]
        assert any(
            s["Effect"] == "Deny" and s["Condition"] == {"Bool": {"aws:SecureTransport": "false"}} for s in statements
        )


@pytest.mark.parametrize(
    "kind",
    ["AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::SecretsManager::ResourcePolicy"],
)
def test_no_resource_policy_lets_everybody_in(deployment, kind):
    for _, name, policy in deployment.of(kind):
        document = policy.get("PolicyDocument") or policy["ResourcePolicy"]
        for statement in document["Statement"]:
            everybody = statement["Principal"] in ("*", {"AWS": "*"})
            assert statement["Effect"] == "Deny" or not everybody, name


def test_no_network_has_a_nat_gateway_and_nothing_is_orchestrated_by_step_functions(deployment):
    assert not deployment.kinds() & {"AWS::EC2::NatGateway", "AWS::StepFunctions::StateMachine"}


def test_a_security_group_lets_no_unlisted_network_in(deployment):
    listed = set(deployment.settings.homes.fargate.allowed_cidrs)
    rules = [
        rule
        for _, _, group in deployment.of("AWS::EC2::SecurityGroup")
        for rule in group.get("SecurityGroupIngress", ())
    ]
    rules += [rule for _, _, rule in deployment.of("AWS::EC2::SecurityGroupIngress")]
    assert {rule["CidrIp"] for rule in rules if "CidrIp" in rule} <= listed


def test_every_alarm_tells_somebody(deployment):
    for part, name, alarm in deployment.of("AWS::CloudWatch::Alarm"):
        assert alarm.get("AlarmActions"), f"{part}: {name}"


def test_every_log_expires(deployment):
    for part, name, group in deployment.of("AWS::Logs::LogGroup"):
        assert group["RetentionInDays"], f"{part}: {name}"


def test_every_function_has_a_log_group_of_its_own(deployment):
    groups = {name for _, name, _ in deployment.of("AWS::Logs::LogGroup")}
    for _, name, function in deployment.of("AWS::Lambda::Function"):
        assert function["LoggingConfig"]["LogGroup"]["Ref"] in groups, name


def test_no_secret_stands_in_a_template(deployment):
    for part, template in deployment.stacks.items():
        text = json.dumps(template.body)
        assert not re.search(r"\"SecretString\"|AKIA[0-9A-Z]{16}|resolve:secretsmanager", text), part


def functions(deployment):
    stacks = deployment.stacks.values()
    return [function for stack in stacks for function in stack.resources("AWS::Lambda::Function").values()]


def test_no_function_is_the_library_s_own(deployment):
    """It brings custom resources that run code of its own under rights of its own."""
    for function in functions(deployment):
        image = function["Properties"].get("PackageType") == "Image"
        assert image or FOLDER in function["Metadata"], function["Metadata"]


def test_every_small_function_finds_the_variables_that_it_reads(deployment):
    for function in functions(deployment):
        folder = function.get("Metadata", {}).get(FOLDER)
        if folder:
            code = "".join(path.read_text("utf-8") for path in (FUNCTIONS / folder).glob("*.py"))
            read = set(re.findall(r"environ\[[\"'](\w+)[\"']\]", code))
            assert read <= set(function["Properties"]["Environment"]["Variables"]), folder


def test_data_is_kept_or_goes_as_the_settings_say(deployment):
    kept = "Retain" if deployment.settings.retain_data else "Delete"
    data = deployment.stacks["data"]
    kinds = (
        "AWS::S3::Bucket",
        "AWS::ECR::Repository",
        "AWS::DynamoDB::Table",
        "AWS::SecretsManager::Secret",
        "AWS::KMS::Key",
    )
    for kind in kinds:
        assert {resource["DeletionPolicy"] for resource in data.resources(f"AWS::{kind}").values()} <= {kept}, kind


def test_stacks_share_names_and_no_exports_that_a_setting_could_remove(deployment):
    """An export in use cannot be removed, so a capability could not be switched off. The own key is chosen once."""
    exports = [
        name
        for template in deployment.stacks.values()
        for name, o in template.body.get("Outputs", {}).items()
        if "Export" in o
    ]
    assert all(name.startswith("ExportsOutputFnGetAttKey") for name in exports), exports
