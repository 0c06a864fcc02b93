"""Least privilege: what the code of others, the functions and the schedules may do."""

import pytest
from aws_cdk import App, Stack

from cdk.access import Statement, service_role
from cdk.documents.policies import PAGE, page, shown
from cdk.documents.variants import variants

BUCKET = "arn:aws:s3:::leadgen-dev-ACCOUNT-REGION"
_WRITTEN = ("artifacts", "caches/embeddings", "caches/models", "reports")


def test_the_page_of_policies_says_what_the_templates_do(deployment_of):
    deployments = [(name, list(deployment_of(name).stacks.values())) for name, _ in shown(variants())]
    assert PAGE.read_text("utf-8") == page(deployments), "run: python -m cdk.documents.policies"


@pytest.mark.parametrize(
    ("reason", "action", "complaint"),
    [
        ("", "s3:GetObject", "no reason"),
        ("Reads the bundle.", "s3:Get*", "wildcard"),
        ("Reads it all.", "*", "wildcard"),
    ],
)
def test_a_statement_without_reason_or_with_a_wildcard_action_is_refused(reason, action, complaint):
    stack = Stack(App(), "stack")
    with pytest.raises(ValueError, match=complaint):
        service_role(stack, "Role", "lambda.amazonaws.com", [Statement("Read", reason, (action,), ["*"])])


def test_every_resource_is_open_only_to_actions_for_which_aws_knows_no_narrower_one(deployment):
    without_resources = {
        "cloudwatch:DescribeAlarms", "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
        "ecr:GetAuthorizationToken", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel", "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }  # fmt: skip
    for part, template in deployment.stacks.items():
        for permission in template.permissions():
            if "*" in permission.resources:
                assert set(permission.actions) <= without_resources, f"{part}: {permission.role} {permission.sid}"


def test_a_build_can_change_nothing_that_is_in_service(deployment_of):
    build = deployment_of("default").role("rebuild", "Build/Role")
    assert build["ssm:PutParameter"] == {"arn:aws:ssm:REGION:ACCOUNT:parameter/leadgen-dev/release"}
    assert build["s3:PutObject"] == {f"{BUCKET}/{prefix}/*" for prefix in _WRITTEN}
    assert build["ecr:PutImage"] == {"arn:aws:ecr:REGION:ACCOUNT:repository/leadgen-dev"}
    forbidden = (
        "s3:Delete",
        "ecr:BatchDelete",
        "ecr:DeleteRepository",
        "lambda:",
        "iam:",
        "cloudformation:",
        "dynamodb:",
        "sts:",
    )
    assert not [action for action in build if action.startswith(forbidden)]


def test_only_build_end_and_rollout_put_an_image_in_service(deployment):
    for template in deployment.stacks.values():
        for permission in template.permissions():
            if "ssm:PutParameter" in permission.actions and any("/in-service/" in arn for arn in permission.resources):
                assert permission.role in {"BuildFinished/Role", "Rollout/Role"}


def test_the_rollout_updates_the_one_stack_and_passes_its_role_to_nobody_else(deployment_of):
    rollout = deployment_of("default").role("rebuild", "Rollout/Role")
    assert rollout["cloudformation:UpdateStack"] == {"arn:aws:cloudformation:REGION:ACCOUNT:stack/leadgen-dev-api/*"}
    (passing,) = [p for p in deployment_of("default").stacks["rebuild"].permissions() if "iam:PassRole" in p.actions]
    assert passing.condition == "StringEquals iam:PassedToService cloudformation.amazonaws.com"
    assert "lambda:UpdateAlias" not in rollout
    # CloudFormation resolves every such parameter of the stack in the updater's name.
    asked = [p["Default"] for p in deployment_of("default").stacks["api"].body["Parameters"].values()]
    assert {f"arn:aws:ssm:REGION:ACCOUNT:parameter{name}" for name in asked} <= rollout["ssm:GetParameters"]


def test_the_rollout_alone_deletes_objects_and_only_those_of_bundles(deployment):
    for template in deployment.stacks.values():
        for permission in template.permissions():
            if "s3:DeleteObject" in permission.actions:
                bundles = f"arn:aws:s3:::{deployment.settings.prefix}-ACCOUNT-REGION/artifacts/*/*"
                assert (permission.role, permission.resources) == ("Rollout/Role", (bundles,))
            if permission.role == "Rollout/Role" and "s3:ListBucket" in permission.actions:
                assert permission.condition == "StringLike s3:prefix artifacts/*"


def test_the_api_reads_one_secret_and_writes_one_table(deployment_of):
    served = deployment_of("default").role("api", "Function/Role")
    assert served["secretsmanager:GetSecretValue"] == {
        "arn:aws:secretsmanager:REGION:ACCOUNT:secret:leadgen-dev/digest-key-??????"
    }
    assert served["dynamodb:PutItem"] == {"arn:aws:dynamodb:REGION:ACCOUNT:table/leadgen-dev-duplicates"}
    assert not [action for action in served if action.startswith(("s3:", "ssm:", "ec2:", "elasticfilesystem:"))]


def test_the_api_reads_bundles_only_where_it_does_not_carry_one(deployment_of):
    from_s3 = deployment_of("bundle from S3").role("api", "Function/Role")
    assert from_s3["s3:GetObject"] == {f"{BUCKET}/artifacts/*"}
    from_efs = deployment_of("bundle from EFS").role("api", "Function/Role")
    assert "elasticfilesystem:ClientMount" in from_efs
    assert "elasticfilesystem:ClientWrite" not in from_efs


def test_tables_of_the_company_are_read_where_the_settings_place_them(deployment_of):
    build = deployment_of("own tables").role("rebuild", "Build/Role")
    assert "arn:aws:s3:::crm-export/customers*" in build["s3:GetObject"]
    assert not [arn for arn in build["s3:PutObject"] if "crm-export" in arn]


def test_services_act_for_this_account_alone(deployment):
    guarded = {"scheduler.amazonaws.com", "codebuild.amazonaws.com", "vpc-flow-logs.amazonaws.com"}
    for _, name, role in deployment.of("AWS::IAM::Role"):
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            if statement["Principal"].get("Service") in guarded:
                assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}, name
