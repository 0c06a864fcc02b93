"""The image on Fargate: who reaches it, what it may do, and what it does when an image is bad."""

import pytest

OUTSIDE, INSIDE = "fargate", "fargate inside, with own key"


def container(deployment) -> dict:
    (found,) = deployment.one("AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    return found


def attributes(deployment) -> dict:
    balancer = deployment.one("AWS::ElasticLoadBalancingV2::LoadBalancer")
    return {attribute["Key"]: attribute["Value"] for attribute in balancer["LoadBalancerAttributes"]}


def test_the_load_balancer_speaks_https_alone(deployment_of) -> None:
    for variant in (OUTSIDE, INSIDE):
        listener = deployment_of(variant).one("AWS::ElasticLoadBalancingV2::Listener")
        assert (listener["Protocol"], listener["Port"]) == ("HTTPS", 443)
        assert listener["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"


def test_only_the_networks_of_the_settings_reach_it(deployment_of) -> None:
    groups = deployment_of(OUTSIDE).stacks["fargate"].resources("AWS::EC2::SecurityGroup").values()
    rules = [rule for group in groups for rule in group["Properties"].get("SecurityGroupIngress", ())]
    assert [(rule["CidrIp"], rule["FromPort"]) for rule in rules] == [("203.0.113.0/24", 443)]
    none = deployment_of(INSIDE).stacks["fargate"].resources("AWS::EC2::SecurityGroup").values()
    assert not [rule for group in none for rule in group["Properties"].get("SecurityGroupIngress", ())]


def test_an_internal_load_balancer_has_no_public_subnet(deployment_of) -> None:
    assert deployment_of(OUTSIDE).one("AWS::ElasticLoadBalancingV2::LoadBalancer")["Scheme"] == "internet-facing"
    inside = deployment_of(INSIDE)
    assert inside.one("AWS::ElasticLoadBalancingV2::LoadBalancer")["Scheme"] == "internal"
    assert "AWS::EC2::InternetGateway" not in inside.kinds()


def test_tasks_have_no_public_address_and_no_way_out_but_endpoints(deployment_of) -> None:
    deployment = deployment_of(OUTSIDE)
    network = deployment.one("AWS::ECS::Service")["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert network["AssignPublicIp"] == "DISABLED"
    endpoints = {
        endpoint["ServiceName"]["Fn::Join"][1][-1].strip(".")
        for _, _, endpoint in deployment.of("AWS::EC2::VPCEndpoint")
    }
    assert endpoints >= {"s3", "dynamodb", "ecr.api", "ecr.dkr", "logs", "secretsmanager"}
    private = {subnet["Ref"] for subnet in network["Subnets"]}
    routes = [route for _, _, route in deployment.of("AWS::EC2::Route")]
    tables = {route["RouteTableId"]["Ref"] for route in routes}
    joined = deployment.stacks["fargate"].resources("AWS::EC2::SubnetRouteTableAssociation").values()
    led_out = {j["Properties"]["SubnetId"]["Ref"] for j in joined if j["Properties"]["RouteTableId"]["Ref"] in tables}
    assert not private & led_out


def test_the_task_runs_the_image_in_service_unprivileged_on_a_read_only_disk(deployment_of) -> None:
    deployment = deployment_of(OUTSIDE)
    found = container(deployment)
    parts = found["Image"]["Fn::Join"][1]
    assert parts[-2].endswith("/leadgen-dev@")
    parameter = deployment.stacks["fargate"].body["Parameters"][parts[-1]["Ref"]]
    assert parameter == {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/leadgen-dev/in-service/digest"}
    assert found["User"] == "10001"
    assert found["Privileged"] is False
    assert found["ReadonlyRootFilesystem"] is True


def test_secrets_reach_the_task_by_name_and_never_as_values(deployment_of) -> None:
    found = container(deployment_of(OUTSIDE))
    assert {secret["Name"] for secret in found["Secrets"]} == {"LEADGEN_API_KEYS", "LEADGEN_DIGEST_KEY"}
    assert not {variable["Name"] for variable in found["Environment"]} & {"LEADGEN_API_KEYS", "LEADGEN_DIGEST_KEY"}


def test_the_application_may_only_claim_mailboxes_and_read_its_bundle(deployment_of) -> None:
    table = "arn:aws:dynamodb:REGION:ACCOUNT:table/leadgen-dev-duplicates"
    assert deployment_of(OUTSIDE).role("fargate", "Fargate/Role") == {"dynamodb:PutItem": {table}}
    inside = deployment_of(INSIDE).role("fargate", "Fargate/Role")
    assert set(inside) == {"dynamodb:PutItem", "s3:GetObject", "kms:Decrypt", "kms:GenerateDataKey"}
    assert inside["s3:GetObject"] == {"arn:aws:s3:::leadgen-dev-ACCOUNT-REGION/artifacts/*"}


def test_what_starts_a_task_pulls_one_repository_and_reads_two_secrets(deployment_of) -> None:
    starting = deployment_of(OUTSIDE).role("fargate", "Fargate/StartRole")
    assert starting["ecr:BatchGetImage"] == {"arn:aws:ecr:REGION:ACCOUNT:repository/leadgen-dev"}
    assert len(starting["secretsmanager:GetSecretValue"]) == 2
    assert [action for action, resources in starting.items() if "*" in resources] == ["ecr:GetAuthorizationToken"]


def test_a_bad_image_is_taken_back(deployment_of) -> None:
    service = deployment_of(OUTSIDE).one("AWS::ECS::Service")
    assert service["DeploymentConfiguration"]["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert service["DeploymentConfiguration"]["MinimumHealthyPercent"] == 100


def test_an_update_leaves_the_number_of_tasks_to_the_scaling(deployment_of) -> None:
    deployment = deployment_of(OUTSIDE)
    assert "DesiredCount" not in deployment.one("AWS::ECS::Service")
    target = deployment.one("AWS::ApplicationAutoScaling::ScalableTarget")
    wanted = deployment.settings.homes.fargate
    assert (target["MinCapacity"], target["MaxCapacity"]) == (wanted.min_tasks, wanted.max_tasks)


def test_health_is_asked_without_a_key(deployment_of) -> None:
    assert deployment_of(OUTSIDE).one("AWS::ElasticLoadBalancingV2::TargetGroup")["HealthCheckPath"] == "/health"


def test_access_logs_go_to_the_bucket_of_logs(deployment_of) -> None:
    found = attributes(deployment_of(OUTSIDE))
    assert found["access_logs.s3.enabled"] == "true"
    assert found["access_logs.s3.bucket"]["Fn::Join"][1][0] == "leadgen-dev-logs-"


def test_the_firewall_comes_by_setting(deployment_of) -> None:
    association = deployment_of(INSIDE).one("AWS::WAFv2::WebACLAssociation")
    assert association["ResourceArn"]["Ref"].startswith("EntranceBalancer")
    assert "AWS::WAFv2::WebACL" not in deployment_of(OUTSIDE).kinds()


@pytest.mark.parametrize(("variant", "processor"), [(OUTSIDE, "ARM64")])
def test_the_processor_is_that_of_the_image(deployment_of, variant, processor) -> None:
    platform = deployment_of(variant).one("AWS::ECS::TaskDefinition")["RuntimePlatform"]
    assert platform == {"CpuArchitecture": processor, "OperatingSystemFamily": "LINUX"}


@pytest.mark.parametrize(("variant", "home"), [("fargate", "fargate"), ("app runner", "app-runner")])
def test_a_home_follows_the_stack_of_the_api_and_updates_no_other(deployment_of, variant, home) -> None:
    deployment = deployment_of(variant)
    rights = deployment.role(home, "Follower/Function/Role")
    assert rights["cloudformation:UpdateStack"] == {f"arn:aws:cloudformation:REGION:ACCOUNT:stack/leadgen-dev-{home}/*"}
    (rule,) = deployment.stacks[home].resources("AWS::Events::Rule").values()
    detail = rule["Properties"]["EventPattern"]["detail"]
    assert detail["status-details"] == {"status": ["UPDATE_COMPLETE"]}
    assert detail["stack-id"][0]["prefix"]["Fn::Join"][1][-1].endswith(":stack/leadgen-dev-api/")
