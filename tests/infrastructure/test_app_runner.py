"""The image on App Runner."""

VARIANT = "app runner"


def test_the_service_runs_the_image_in_service_and_asks_health(deployment_of) -> None:
    service = deployment_of(VARIANT).one("AWS::AppRunner::Service")
    source = service["SourceConfiguration"]
    assert source["AutoDeploymentsEnabled"] is False
    parts = source["ImageRepository"]["ImageIdentifier"]["Fn::Join"][1]
    parameter = deployment_of(VARIANT).stacks["app-runner"].body["Parameters"][parts[-1]["Ref"]]
    assert parameter["Default"] == "/leadgen-dev/in-service/digest"
    assert service["HealthCheckConfiguration"]["Path"] == "/health"


def test_the_port_is_that_of_the_server(deployment_of) -> None:
    image = deployment_of(VARIANT).one("AWS::AppRunner::Service")["SourceConfiguration"]["ImageRepository"]
    variables = {v["Name"]: v["Value"] for v in image["ImageConfiguration"]["RuntimeEnvironmentVariables"]}
    assert image["ImageConfiguration"]["Port"] == variables["LEADGEN_PORT"]
    assert variables["LEADGEN_HOST"] == "0.0.0.0"


def test_secrets_reach_it_by_name_and_never_as_values(deployment_of) -> None:
    service = deployment_of(VARIANT).one("AWS::AppRunner::Service")
    configuration = service["SourceConfiguration"]["ImageRepository"]["ImageConfiguration"]
    assert {s["Name"] for s in configuration["RuntimeEnvironmentSecrets"]} == {"LEADGEN_API_KEYS", "LEADGEN_DIGEST_KEY"}
    assert not {v["Name"] for v in configuration["RuntimeEnvironmentVariables"]} & {"LEADGEN_API_KEYS"}


def test_pulling_and_running_are_two_roles(deployment_of) -> None:
    deployment = deployment_of(VARIANT)
    running, pulling = deployment.role("app-runner", "Role"), deployment.role("app-runner", "PullRole")
    assert set(running) == {"dynamodb:PutItem", "secretsmanager:GetSecretValue"}
    assert {action.split(":")[0] for action in pulling} == {"ecr"}
    assert pulling["ecr:BatchGetImage"] == {"arn:aws:ecr:REGION:ACCOUNT:repository/leadgen-dev"}


def test_it_scales_between_the_settings_bounds(deployment_of) -> None:
    scaling = deployment_of(VARIANT).one("AWS::AppRunner::AutoScalingConfiguration")
    wanted = deployment_of(VARIANT).settings.homes.app_runner
    assert (scaling["MinSize"], scaling["MaxSize"]) == (wanted.min_instances, wanted.max_instances)
