"""Who may deploy: one branch of one repository in one environment, and nobody else."""

import json

import pytest

GITHUB, PIPELINE = "delivery by github", "delivery by codepipeline"
BOOTSTRAP = {
    f"arn:aws:iam::ACCOUNT:role/cdk-hnb659fds-{kind}-role-ACCOUNT-REGION"
    for kind in ("deploy", "file-publishing", "lookup")
}


def stages(deployment) -> dict:
    declared = deployment.one("AWS::CodePipeline::Pipeline")["Stages"]
    return {stage["Name"]: stage["Actions"] for stage in declared}


def test_github_is_let_in_by_environment_repository_and_branch_alone(deployment_of) -> None:
    (role,) = deployment_of(GITHUB).stacks["delivery"].resources("AWS::IAM::Role").values()
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert trust["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:acme@1234/leads@5678:environment:dev",
            "token.actions.githubusercontent.com:ref": "refs/heads/main",
        }
    }
    provider = deployment_of(GITHUB).one("AWS::IAM::OIDCProvider")
    assert provider["ClientIdList"] == ["sts.amazonaws.com"]
    assert provider["Url"] == "https://token.actions.githubusercontent.com"


def test_github_may_only_take_on_the_roles_of_the_bootstrap(deployment_of) -> None:
    assert deployment_of(GITHUB).role("delivery", "GitHub") == {"sts:AssumeRole": BOOTSTRAP}


def test_of_the_pipelines_projects_only_the_one_that_deploys_may_deploy(deployment_of) -> None:
    deployment = deployment_of(PIPELINE)
    assert deployment.role("delivery", "Pipeline/DeployRole")["sts:AssumeRole"] == BOOTSTRAP
    test = deployment.role("delivery", "Pipeline/TestRole")
    assert not {action for action in test if action.startswith(("sts:", "iam:"))}
    assert "s3:PutObject" not in test


def test_the_pipeline_tests_then_deploys_dev_and_asks_before_prod(deployment_of) -> None:
    declared = stages(deployment_of(PIPELINE))
    assert list(declared) == ["Source", "Test", "Deploy-dev", "Approve-prod", "Deploy-prod"]
    assert declared["Approve-prod"][0]["ActionTypeId"]["Provider"] == "Manual"
    for environment in ("dev", "prod"):
        variables = json.loads(declared[f"Deploy-{environment}"][0]["Configuration"]["EnvironmentVariables"])
        assert [(v["name"], v["value"]) for v in variables] == [("ENVIRONMENT", environment)]


def test_the_pipeline_starts_by_a_push_to_the_branch_of_the_settings(deployment_of) -> None:
    pipeline = deployment_of(PIPELINE).one("AWS::CodePipeline::Pipeline")
    assert pipeline["PipelineType"] == "V2"
    assert pipeline["ExecutionMode"] == "QUEUED"
    (trigger,) = pipeline["Triggers"]
    assert trigger["GitConfiguration"]["Push"] == [{"Branches": {"Includes": ["main"]}}]
    source = stages(deployment_of(PIPELINE))["Source"][0]["Configuration"]
    assert source["FullRepositoryId"] == "acme/leads"


def test_the_pipeline_runs_the_targets_of_the_makefile(deployment_of) -> None:
    commands = {
        command
        for _, name, project in deployment_of(PIPELINE).of("AWS::CodeBuild::Project") if name.startswith("Pipeline")
        for command in json.loads(project["Source"]["BuildSpec"])["phases"]["build"]["commands"]
    }  # fmt: skip
    assert commands == {"make lint test synth", "make deploy ENVIRONMENT=$ENVIRONMENT"}


def test_people_hear_of_approvals_and_failures(deployment_of) -> None:
    rules = deployment_of(PIPELINE).stacks["delivery"].resources("AWS::Events::Rule").values()
    details = [rule["Properties"]["EventPattern"]["detail"] for rule in rules]
    assert {"pipeline": ["leadgen-dev-delivery"], "type": {"category": ["Approval"]}, "state": ["STARTED"]} in details
    assert {"pipeline": ["leadgen-dev-delivery"], "state": ["FAILED"]} in details


@pytest.mark.parametrize(
    ("variant", "prefix", "service"),
    [(PIPELINE, "delivery", "logging.s3"), ("fargate", "balancer", "logdelivery.elasticloadbalancing")],
)
def test_only_who_writes_there_may_add_access_logs(deployment_of, variant, prefix, service) -> None:
    def writers(name):
        policies = deployment_of(name).stacks["data"].resources("AWS::S3::BucketPolicy").values()
        statements = [s for policy in policies for s in policy["Properties"]["PolicyDocument"]["Statement"]]
        return {
            (s["Principal"]["Service"], s["Resource"]["Fn::Join"][1][-1]) for s in statements if s["Effect"] == "Allow"
        }

    assert writers(variant) - writers("default") == {(f"{service}.amazonaws.com", f"/{prefix}/*")}


def test_delivery_that_is_off_creates_nothing(deployment_of) -> None:
    assert "delivery" not in deployment_of("default").stacks
    assert "AWS::IAM::OIDCProvider" not in deployment_of("default").kinds()
