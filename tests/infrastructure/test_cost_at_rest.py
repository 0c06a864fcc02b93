"""The cost model counts what the templates hold."""

import pytest

from build_artifacts.cost import Deployment, Use, lines
from build_artifacts.cost.prices import HOURS
from build_artifacts.cost.serving import FARGATE_ENDPOINTS, ZONES
from cdk.stacks.data import DELETED_BUNDLE_DAYS
from functions.api.middleware import metrics
from functions.rollout import prune

MODEL = Deployment()


def watched(deployment) -> int:
    """Metrics that alarms watch; each is paid for."""
    alarms = [alarm for _, _, alarm in deployment.of("AWS::CloudWatch::Alarm")]
    return sum(len([m for m in alarm.get("Metrics", [{"MetricStat": 1}]) if "MetricStat" in m]) for alarm in alarms)


@pytest.fixture(params=["default", "prod"])
def written(request, deployment_of):
    """The environments as they stand in `cdk.json`."""
    return deployment_of(request.param)


def test_alarms_dashboards_secrets_and_keys_are_those_of_the_templates(written) -> None:
    assert MODEL.alarms == watched(written)
    assert MODEL.dashboards == len(written.of("AWS::CloudWatch::Dashboard"))
    assert MODEL.secrets == len(written.of("AWS::SecretsManager::Secret"))
    assert MODEL.keys == len(written.of("AWS::KMS::Key"))


def test_what_the_bucket_keeps_is_what_rollout_and_lifecycle_leave(written) -> None:
    assert MODEL.images_kept == prune.KEPT
    assert MODEL.bundles_kept == prune.KEPT + DELETED_BUNDLE_DAYS
    assert MODEL.inputs_kept == written.settings.data.noncurrent_days


def test_settings_that_cost_are_those_of_the_environment(written) -> None:
    settings = written.settings
    assert MODEL.provisioned == settings.api.provisioned_concurrency
    assert MODEL.memory_gb * 1024 == settings.api.memory_mb
    assert MODEL.api == settings.api.kind
    assert MODEL.bundle_source == settings.api.bundle_source
    assert MODEL.build_size == settings.rebuild.compute.lower()
    assert MODEL.log_months * 30 == settings.api.log_days
    assert MODEL.database == settings.capabilities.topics
    table = written.one("AWS::DynamoDB::Table")
    assert MODEL.recovery == table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]


def test_nothing_that_costs_by_the_hour_is_left_out(written) -> None:
    hourly = {"AWS::EC2::NatGateway", "AWS::EC2::EIP", "AWS::RDS::DBInstance", "AWS::EC2::VPCEndpoint",
              "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::EFS::FileSystem", "AWS::WAFv2::WebACL"}  # fmt: skip
    assert not written.kinds() & hourly


def test_a_fargate_home_pays_for_its_endpoints(deployment_of) -> None:
    endpoints = [
        e for _, _, e in deployment_of("fargate").of("AWS::EC2::VPCEndpoint") if e["VpcEndpointType"] == "Interface"
    ]
    assert len(endpoints) == FARGATE_ENDPOINTS
    assert {len(endpoint["SubnetIds"]) for endpoint in endpoints} == {ZONES}


@pytest.mark.parametrize(("variant", "home"), [("fargate", "fargate"), ("app runner", "app_runner")])
def test_another_home_pays_for_its_alarms_and_secret(deployment_of, variant, home) -> None:
    bill = lines(Deployment(home=home), Use(requests=0))
    counted = {line.item: line.quantity for line in bill}
    assert counted["alarms"] == watched(deployment_of(variant))
    assert counted["secrets"] == len(deployment_of(variant).of("AWS::SecretsManager::Secret"))


def test_a_database_pays_for_its_alarms_and_password(deployment_of) -> None:
    bill = lines(Deployment(database=True), Use(requests=0))
    (alarms,) = [line.quantity for line in bill if line.item == "alarms"]
    assert alarms == watched(deployment_of("topics"))
    assert deployment_of("topics").one("AWS::RDS::DBInstance")["ManageMasterUserPassword"] is True
    assert "password that RDS keeps" in {line.item for line in bill}


def test_bundles_on_efs_pay_for_their_endpoint(deployment_of) -> None:
    endpoints = deployment_of("bundle from EFS").of("AWS::EC2::VPCEndpoint")
    zones = sum(len(e["SubnetIds"]) for _, _, e in endpoints if e["VpcEndpointType"] == "Interface")
    bill = lines(Deployment(bundle_source="efs"), Use(requests=0))
    (hours,) = [line.quantity for line in bill if line.item == "interface endpoints"]
    assert hours == zones * HOURS


def test_custom_metrics_are_those_that_the_application_can_send() -> None:
    operations = 5
    assert len(metrics._UNITS) + operations == MODEL.metrics


def test_a_deployment_with_nightly_rebuilds_rests_below_its_aim() -> None:
    assert sum(line.usd for line in lines(MODEL, Use(requests=0))) < 20
