"""The quarterly run: what it is started on, what may reach it, what it may do, and that it is never forgotten."""

import base64
import json
import re
import subprocess
from pathlib import Path

import pytest
from leadgen.settings import Settings

from build_artifacts.topics.instance import attempts
from build_artifacts.topics.instance.settings import InstanceSettings
from build_artifacts.topics.progress import FirmProgress
from cdk.quarterly.permissions import TEXT_MODEL
from cdk.quarterly.user_data import user_data
from cdk.serving.themes_function import PATHS
from cdk.storing.database import READER, WRITER
from cdk.watching.run_log import ENDED, PROGRESS
from functions.api.start import _without_bundle

GROUP = "leadgen-dev-topics"
BUCKET = "arn:aws:s3:::leadgen-dev-ACCOUNT-REGION"


@pytest.fixture
def topics(deployment_of):
    return deployment_of("topics")


def template(deployment):
    return deployment.one("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]


def script(deployment) -> str:
    """The user data, with references as `${…}`."""
    return deployment.stacks["topics"].readable(template(deployment)["UserData"]["Fn::Base64"])


def told(deployment) -> dict:
    return dict(re.findall(r"^(\w+)='(.*)'$", script(deployment), re.MULTILINE))


def test_without_the_capability_there_is_nothing_of_it(deployment_of):
    deployment = deployment_of("default")
    assert "topics" not in deployment.stacks
    assert not deployment.kinds() & {"AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::LaunchTemplate", "AWS::EC2::VPC"}


def test_the_instance_answers_nobody_and_its_disk_is_encrypted(topics):
    data = template(topics)
    assert data["MetadataOptions"]["HttpTokens"] == "required"
    assert data["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    (disk,) = data["BlockDeviceMappings"]
    assert (disk["Ebs"]["Encrypted"], disk["Ebs"]["VolumeType"]) == (True, "gp3")
    assert "KeyName" not in data
    (interface,) = data["NetworkInterfaces"]
    (group,) = interface["Groups"]
    assert topics.stacks["topics"].readable(group) == "${DatabaseClients}"
    (clients,) = [g for _, _, g in topics.of("AWS::EC2::SecurityGroup") if "Who may" in g["GroupDescription"]]
    assert "SecurityGroupIngress" not in clients


def test_the_way_out_is_a_public_address_and_the_database_has_none(topics):
    (interface,) = template(topics)["NetworkInterfaces"]
    assert interface["AssociatePublicIpAddress"] is True
    subnets = topics.one("AWS::AutoScaling::AutoScalingGroup")["VPCZoneIdentifier"]
    assert topics.stacks["topics"].readable(subnets) == "${NetworkPublicSubnets}"
    assert topics.one("AWS::RDS::DBInstance")["PubliclyAccessible"] is False
    told = {p["Name"]: p for _, _, p in topics.of("AWS::SSM::Parameter") if "/network/" in p["Name"]}
    public = topics.stacks["data"].readable(told["/leadgen-dev/network/public-subnets"]["Value"])
    assert len(set(public.split(","))) == 2, "one zone alone has too little spot capacity"
    assert all("public" in subnet for subnet in public.split(","))


def test_spot_instances_of_several_sizes_and_zones_are_replaced(topics):
    group = topics.one("AWS::AutoScaling::AutoScalingGroup")
    assert (group["MinSize"], group["MaxSize"]) == ("0", "1")
    assert "DesiredCapacity" not in group, "a deployment would start or end a run"
    policy = group["MixedInstancesPolicy"]
    assert policy["InstancesDistribution"]["OnDemandPercentageAboveBaseCapacity"] == 0
    assert policy["InstancesDistribution"]["SpotAllocationStrategy"] == "price-capacity-optimized"
    sizes = [override["InstanceType"] for override in policy["LaunchTemplate"]["Overrides"]]
    assert len(sizes) > 1
    assert all(size.startswith("g4dn.") for size in sizes)


def test_by_setting_it_is_bought_on_demand(deployment_of):
    policy = deployment_of("topics alone").one("AWS::AutoScaling::AutoScalingGroup")["MixedInstancesPolicy"]
    assert policy["InstancesDistribution"]["OnDemandPercentageAboveBaseCapacity"] == 100
    assert [override["InstanceType"] for override in policy["LaunchTemplate"]["Overrides"]] == ["g5.xlarge"]


def schedules(deployment) -> dict:
    found = [s for part, _, s in deployment.of("AWS::Scheduler::Schedule") if part == "topics"]
    return {json.loads(s["Target"]["Input"])["AutoScalingGroupName"]: s for s in found}


def test_a_schedule_wants_one_instance_four_times_a_year(topics, deployment_of):
    schedule = schedules(topics)[GROUP]
    assert json.loads(schedule["Target"]["Input"])["DesiredCapacity"] == 1
    assert schedule["Target"]["Arn"]["Fn::Join"][1][-1].endswith(":autoscaling:setDesiredCapacity")
    assert schedule["ScheduleExpression"] == "cron(0 7 5 1,4,7,10 ? *)"
    assert schedule["Target"]["DeadLetterConfig"]
    assert schedules(deployment_of("topics alone")) == {}


def test_the_database_is_not_stopped_while_a_run_may_go_on(topics):
    """Both are at the same hours of every day, and the run is the later one."""
    (stop,) = [s for part, _, s in topics.of("AWS::Scheduler::Schedule") if part == "data"]
    stopped, started = (
        int(re.match(r"cron\(0 (\d+) ", schedule["ScheduleExpression"])[1])
        for schedule in (stop, schedules(topics)[GROUP])
    )
    assert started + topics.settings.topics.max_hours < stopped + 24


def test_an_instance_that_is_wanted_for_too_long_is_ended_from_outside(topics):
    (alarm,) = [a for _, _, a in topics.of("AWS::CloudWatch::Alarm") if a["AlarmName"] == f"{GROUP}-maximum-age"]
    assert alarm["MetricName"] == "GroupDesiredCapacity"
    assert alarm["Dimensions"] == [{"Name": "AutoScalingGroupName", "Value": GROUP}]
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 3600 * (topics.settings.topics.max_hours + 1)
    # CloudWatch looks back one day where periods are shorter than an hour, and a week where they are not.
    assert alarm["Period"] >= 3600
    policy = topics.one("AWS::AutoScaling::ScalingPolicy")
    assert (policy["AdjustmentType"], policy["ScalingAdjustment"]) == ("ExactCapacity", 0)
    end, notice = alarm["AlarmActions"]
    assert topics.stacks["topics"].readable(end) == "${Run/End}"
    assert notice["Fn::Join"][1][-1] == ":leadgen-dev-notices"
    collected = topics.one("AWS::AutoScaling::AutoScalingGroup")["MetricsCollection"][0]["Metrics"]
    assert "GroupDesiredCapacity" in collected


def test_the_instance_has_its_own_timer_which_comes_first(topics):
    seconds = int(told(topics)["LEADGEN_MAX_SECONDS"])
    assert seconds == topics.settings.topics.max_hours * 3600
    assert template(topics)["InstanceInitiatedShutdownBehavior"] == "terminate"


@pytest.mark.parametrize("variant", ["topics", "topics alone", "own key"])
def test_the_instance_is_told_what_it_reads(deployment_of, variant, monkeypatch, tmp_path):
    text = script(deployment_of(variant))
    assert subprocess.run(["bash", "-n"], input=text, text=True, check=True).returncode == 0
    for name, value in told(deployment_of(variant)).items():
        if name.startswith("LEADGEN_"):
            monkeypatch.setenv(name, value)
    settings = InstanceSettings.read()
    assert settings.group == GROUP
    assert settings.database_url.startswith(f"rds-iam://{WRITER}@${{DatabaseHost}}:5432/topics?region=REGION")
    assert settings.text_model_output == f"s3://leadgen-dev-ACCOUNT-REGION/{TEXT_MODEL}"
    assert (settings.database_instance is None) == (variant == "topics alone")


def test_the_key_of_the_language_model_is_named_and_never_shown(deployment_of):
    name = told(deployment_of("topics alone"))["LEADGEN_LLM_API_KEY_SECRET"]
    assert name == "arn:aws:secretsmanager:REGION:ACCOUNT:secret:xai"
    role = deployment_of("topics alone").role("topics", "Instance/Role")
    assert role["secretsmanager:GetSecretValue"] == {"${DatabaseMasterSecret}", f"{name}-??????"}
    assert deployment_of("topics").role("topics", "Instance/Role")["secretsmanager:GetSecretValue"] == {
        "${DatabaseMasterSecret}"
    }


def test_the_instance_reads_transcripts_and_changes_nothing_but_the_text_model_and_its_own_group(topics):
    role = topics.role("topics", "Instance/Role")
    assert role["s3:PutObject"] == {f"{BUCKET}/{TEXT_MODEL}*"}
    assert f"{BUCKET}/inputs/transcripts/*" in role["s3:GetObject"]
    assert role["autoscaling:SetDesiredCapacity"] == {
        f"arn:aws:autoscaling:REGION:ACCOUNT:autoScalingGroup:*:autoScalingGroupName/{GROUP}"
    }
    assert role["rds-db:connect"] == {f"arn:aws:rds-db:REGION:ACCOUNT:dbuser:${{DatabaseResource}}/{WRITER}"}
    assert role["rds:StartDBInstance"] == {f"arn:aws:rds:REGION:ACCOUNT:db:{GROUP}"}
    forbidden = ("ec2:", "iam:", "s3:Delete", "ssm:GetParameter", "lambda:", "ecr:", "cloudformation:")
    assert not [action for action in role if action.startswith(forbidden)]


def test_the_function_that_answers_only_reads(topics):
    role = topics.role("api", "Themes/Role")
    assert role["rds-db:connect"] == {f"arn:aws:rds-db:REGION:ACCOUNT:dbuser:${{DatabaseResource}}/{READER}"}
    assert role["s3:GetObject"] == {f"{BUCKET}/{TEXT_MODEL}*"}
    assert not [action for action in role if action.startswith(("secretsmanager:", "dynamodb:", "rds:", "s3:Put"))]


def themes_function(deployment):
    functions = [f for _, _, f in deployment.of("AWS::Lambda::Function")]
    (found,) = [f for f in functions if f["FunctionName"] == "leadgen-dev-themes"]
    return found


def test_it_runs_the_image_in_service_inside_the_network(topics):
    themes = themes_function(topics)
    api = next(f for _, _, f in topics.of("AWS::Lambda::Function") if f["FunctionName"] == "leadgen-dev-api")
    assert themes["Code"] == api["Code"]
    read = topics.stacks["api"].readable
    assert read(themes["VpcConfig"]["SubnetIds"]) == "${NetworkPrivateSubnets}"
    assert read(themes["VpcConfig"]["SecurityGroupIds"]) == "${DatabaseClients}"
    variables = themes["Environment"]["Variables"]
    assert "sslrootcert=/srv/rds-ca.pem" in read(variables["LEADGEN_DATABASE_URL"])
    assert variables["LEADGEN_BUNDLE_PATH"] == "", "it would serve the bundle that the image carries"
    assert variables["LEADGEN_REQUIRE_AUTHORIZER"] == "iam"


def test_it_serves_no_bundle_although_the_image_carries_one(topics, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEADGEN_BUNDLE_PATH", "/srv/bundle")
    for name, value in themes_function(topics)["Environment"]["Variables"].items():
        monkeypatch.setenv(name, topics.stacks["api"].readable(value))
    settings = Settings()
    assert _without_bundle(settings)
    assert settings.themes_text_model == f"s3://leadgen-dev-ACCOUNT-REGION/{TEXT_MODEL}"


def test_whoever_updates_the_api_may_read_what_it_asks_for(deployment_of):
    for variant in ("topics", "topics alone"):
        deployment = deployment_of(variant)
        asked = {p["Default"] for p in deployment.stacks["api"].body["Parameters"].values()}
        rollout = deployment.role("rebuild", "Rollout/Role")
        assert {f"arn:aws:ssm:REGION:ACCOUNT:parameter{name}" for name in asked} <= rollout["ssm:GetParameters"]


def test_what_stacks_ask_for_is_what_the_data_tells(topics):
    written = {p["Name"] for _, _, p in topics.of("AWS::SSM::Parameter")}
    for part in ("topics", "api"):
        asked = {p["Default"] for p in topics.stacks[part].body["Parameters"].values()}
        assert {name for name in asked if name.startswith("/leadgen-dev/")} <= written


def test_themes_are_asked_for_at_the_same_address_under_the_same_authorization(topics):
    routes = {r["RouteKey"]: r for _, _, r in topics.of("AWS::ApiGatewayV2::Route")}
    for path in PATHS:
        for method in ("GET", "POST"):
            for key in (f"{method} /{path}", f"{method} /{path}/{{proxy+}}"):
                assert routes[key]["AuthorizationType"] == "AWS_IAM"
                assert routes[key]["Target"] != routes["$default"]["Target"]


def test_no_route_of_themes_takes_a_browsers_preflight(topics):
    """Of two routes that fit, the one that names the method is taken; OPTIONS has a route without authorisation."""
    keys = [r["RouteKey"] for _, _, r in topics.of("AWS::ApiGatewayV2::Route")]
    assert not [key for key in keys if key.startswith(("ANY", "OPTIONS /themes"))]


def test_a_burst_on_themes_leaves_the_database_connections(topics, deployment_of):
    template = topics.stacks["api"].body["Resources"]
    (stage,) = [r for r in template.values() if r["Type"] == "AWS::ApiGatewayV2::Stage"]
    limits, wanted = stage["Properties"]["RouteSettings"], topics.settings.topics
    routes = {name: r for name, r in template.items() if r["Type"] == "AWS::ApiGatewayV2::Route"}
    themes = {n: r["Properties"]["RouteKey"] for n, r in routes.items() if r["Properties"]["RouteKey"] != "$default"}
    assert set(limits) == set(themes.values())
    assert set(themes) <= set(stage["DependsOn"]), "a stage cannot limit a route that does not exist yet"
    for limit in limits.values():
        assert limit == {"ThrottlingRateLimit": wanted.rate, "ThrottlingBurstLimit": wanted.burst}
    assert "ReservedConcurrentExecutions" not in themes_function(topics)
    assert themes_function(deployment_of("topics by REST API with keys"))["ReservedConcurrentExecutions"] == 20


def test_participants_are_read_where_the_flag_says(deployment_of):
    role = deployment_of("topics by REST API with keys").role("topics", "Instance/Role")
    assert "arn:aws:s3:::own-data/inputs/participants*" in role["s3:GetObject"]
    assert "arn:aws:s3:::own-data" in role["s3:ListBucket"]


def test_only_an_image_that_serves_topics_fetches_the_certificates(topics, deployment_of):
    for deployment, wanted in ((topics, "true"), (deployment_of("default"), "false")):
        variables = deployment.one("AWS::CodeBuild::Project")["Environment"]["EnvironmentVariables"]
        assert {v["Name"]: v["Value"] for v in variables}["LEADGEN_TOPICS"] == wanted


def test_where_themes_are_documented_is_told(topics, deployment_of):
    assert topics.stacks["api"].body["Outputs"]["ThemesDocument"]
    assert "ThemesDocument" not in deployment_of("default").stacks["api"].body["Outputs"]


def test_a_process_that_ran_out_of_memory_does_not_end_the_service():
    unit = Path(attempts.__file__).with_name("leadgen-topics.service").read_text("utf-8")
    assert "\nOOMPolicy=continue\n" in unit


def test_a_rest_api_asks_for_the_key_on_every_path(deployment_of):
    deployment = deployment_of("topics by REST API with keys")
    for _, name, method in deployment.of("AWS::ApiGateway::Method"):
        assert method["ApiKeyRequired"] is True, name
    paths = {r["PathPart"] for _, _, r in deployment.of("AWS::ApiGateway::Resource")}
    assert paths == {*PATHS, "{proxy+}"}


def test_alone_it_has_an_api_of_its_own_and_nothing_of_scoring(deployment_of):
    deployment = deployment_of("topics alone")
    names = {f["FunctionName"] for _, _, f in deployment.of("AWS::Lambda::Function")}
    assert "leadgen-dev-themes" in names
    assert not names & {"leadgen-dev-api", "leadgen-dev-before-traffic"}
    assert not deployment.kinds() & {"AWS::DynamoDB::Table", "AWS::CodeDeploy::DeploymentGroup"}
    (route,) = [r for _, _, r in deployment.of("AWS::ApiGatewayV2::Route")]
    assert (route["RouteKey"], route["AuthorizationType"]) == ("$default", "AWS_IAM")
    rollout = next(f for _, _, f in deployment.of("AWS::Lambda::Function") if f["FunctionName"].endswith("rollout"))
    assert rollout["Environment"]["Variables"]["LEADGEN_FUNCTION"] == "leadgen-dev-themes"


def test_the_paths_are_those_of_the_application():
    from functions.api.routes import firms, runs, searches, themes, topics

    text = "".join(Path(module.__file__).read_text("utf-8") for module in (firms, runs, searches, themes, topics))
    assert set(re.findall(r'"/(\w+)[/"]', text)) == set(PATHS)


def test_the_metrics_of_a_run_are_fields_of_its_lines(topics):
    progress = FirmProgress(
        10, 2, lambda: {"embedding_busy": 0.5, "questions_waiting": 1, "questions_open": 2, "usd": 1}
    )
    progress.done = 3
    assert set(PROGRESS) <= set(progress.line())
    filters = [f for _, _, f in topics.of("AWS::Logs::MetricFilter") if f["LogGroupName"] == "/leadgen-dev/topics"]
    transformed = [f["MetricTransformations"][0] for f in filters]
    assert {t["MetricName"] for t in transformed} == {*PROGRESS, ENDED}
    assert all(t["MetricValue"] == f"$.{t['MetricName']}" for t in transformed)
    shown = json.dumps(topics.one("AWS::CloudWatch::Dashboard")["DashboardBody"]).replace("\\", "")
    assert all(f'["{GROUP}","{name}"' in shown for name in PROGRESS)


def test_a_value_that_shell_and_systemd_read_differently_is_refused():
    with pytest.raises(ValueError, match="LEADGEN_FLAGS"):
        user_data({"LEADGEN_FLAGS": "it's"})


def test_user_data_is_as_short_as_ec2_wants_it(topics):
    assert len(base64.b64encode(script(topics).encode())) < 16_384
