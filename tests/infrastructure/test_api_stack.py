"""The API: who may call it, how a new version takes over, and what its settings add."""

import json

import pytest
from leadgen.settings import Settings

from cdk import settings as deployment
from cdk.documents.policies import synthesise

REST = ("rest api with keys and firewall", "private rest api", "rest api with domain")


@pytest.fixture
def default(deployment_of):
    return deployment_of("default")


def served(deployment):
    (function,) = [f for _, _, f in deployment.of("AWS::Lambda::Function") if f.get("PackageType") == "Image"]
    return function


def environment(deployment):
    return served(deployment)["Environment"]["Variables"]


@pytest.mark.parametrize(
    "variant", ["default", "rest api with keys and firewall", "tokens and browsers", "bundle from S3"]
)
def test_the_application_takes_what_the_function_is_told(deployment_of, variant):
    """Each variable is one of its settings, with a value that it accepts."""
    deployment = deployment_of(variant)
    template = deployment.stacks["api"]
    told = {name: template.readable(value) for name, value in environment(deployment).items()}
    for placeholder, real in {"REGION": "eu-west-1", "ACCOUNT": "123456789012", "${Bundle}": "b1"}.items():
        told = {name: value.replace(placeholder, real) for name, value in told.items()}
    assert {name.removeprefix("LEADGEN_").lower() for name in told} <= set(Settings.model_fields)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        accepted = Settings()
    assert accepted.require_authorizer == deployment.settings.api.authorization
    assert accepted.digest_key_secret.endswith(":secret:leadgen-dev/digest-key")


def test_the_image_is_named_by_the_digest_in_service(default):
    parameters = default.stacks["api"].body["Parameters"]
    assert parameters["Digest"]["Type"] == "AWS::SSM::Parameter::Value<String>"
    assert parameters["Digest"]["Default"] == "/leadgen-dev/in-service/digest"
    parts = served(default)["Code"]["ImageUri"]["Fn::Join"][1]
    assert parts[-2:] == ["/leadgen-dev@", {"Ref": "Digest"}]


def test_another_digest_bundle_or_configuration_makes_another_version(deployment_of):
    descriptions = []
    for name in ("default", "warm", "bundle from S3"):
        parts = deployment_of(name).one("AWS::Lambda::Version")["Description"]["Fn::Join"][1]
        assert parts[:3] == [{"Ref": "Digest"}, " ", {"Ref": "Bundle"}]
        descriptions.append(parts[3])
    assert len(set(descriptions)) == 3


def test_traffic_moves_by_canary_after_the_examples_and_back_on_an_alarm(default):
    (alias,) = default.stacks["api"].resources("AWS::Lambda::Alias").values()
    update = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
    hook = default.stacks["api"].body["Resources"][update["BeforeAllowTrafficHook"]["Ref"]]["Properties"]
    assert hook["FunctionName"] == "leadgen-dev-before-traffic"
    assert hook["Environment"]["Variables"]["LEADGEN_VERSION"]["Ref"].startswith("FunctionVersion")
    group = default.one("AWS::CodeDeploy::DeploymentGroup")
    assert group["DeploymentGroupName"] == update["DeploymentGroupName"]
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    watched = {alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]}
    assert watched == set(default.stacks["api"].resources("AWS::CloudWatch::Alarm"))
    traffic = default.one("AWS::CodeDeploy::DeploymentConfig")["TrafficRoutingConfig"]
    assert traffic["TimeBasedCanary"] == {"CanaryPercentage": 10, "CanaryInterval": 5}


def test_the_alarms_of_a_canary_watch_the_new_version(default):
    alarms = default.stacks["api"].resources("AWS::CloudWatch::Alarm").values()
    by_metric = {alarm["Properties"]["MetricName"]: alarm["Properties"] for alarm in alarms}
    for metric in ("Errors", "Duration"):
        dimensions = {d["Name"]: d["Value"] for d in by_metric[metric]["Dimensions"]}
        assert dimensions["Resource"] == "leadgen-dev-api:live"
        assert dimensions["ExecutedVersion"]["Fn::GetAtt"][1] == "Version"
    assert by_metric["Duration"]["ExtendedStatistic"] == "p99"
    (counted,) = by_metric["Errors5xx"]["Dimensions"]
    assert (counted["Name"], counted["Value"]["Fn::GetAtt"][1]) == ("Version", "Version")


def test_server_errors_are_counted_by_version_from_the_lines_of_metrics(default):
    ((_, counting),) = [
        (n, f["Properties"]) for n, f in default.stacks["api"].resources("AWS::Logs::MetricFilter").items()
    ]
    (transformation,) = counting["MetricTransformations"]
    assert counting["FilterPattern"] == "{ $.Errors5xx >= 1 }"
    assert transformation["Dimensions"] == [{"Key": "Version", "Value": "$.Version"}]
    alarms = [alarm for _, _, alarm in default.of("AWS::CloudWatch::Alarm") if alarm.get("MetricName") == "Errors5xx"]
    assert transformation["MetricNamespace"] in {alarm["Namespace"] for alarm in alarms}


def test_reserved_concurrency_alone_makes_no_version_which_lambda_would_not_publish(default, tmp_path):
    reserving = deployment.Settings.model_validate({"environment": "dev", "api": {"reserved_concurrency": 7}})
    (template,) = [template for template in synthesise(reserving, tmp_path) if template.part == "api"]
    (version,) = template.resources("AWS::Lambda::Version").values()
    assert version["Properties"]["Description"] == default.one("AWS::Lambda::Version")["Description"]


def test_another_number_of_warm_copies_is_another_version_for_lambda_too(deployment_of):
    assert served(deployment_of("warm"))["Description"] != served(deployment_of("default"))["Description"]


@pytest.mark.parametrize(
    ("variant", "kind"),
    [("warm", "TimeBasedLinear"), ("default", "TimeBasedCanary")],
)
def test_traffic_moves_as_the_settings_say(deployment_of, variant, kind):
    assert deployment_of(variant).one("AWS::CodeDeploy::DeploymentConfig")["TrafficRoutingConfig"]["Type"] == kind


def test_all_at_once_needs_no_steps(deployment_of):
    group = deployment_of("all at once, by hand").one("AWS::CodeDeploy::DeploymentGroup")
    assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaAllAtOnce"


def test_warm_copies_belong_to_the_version_so_that_a_broken_image_fails_before_traffic_moves(deployment_of):
    version = deployment_of("warm").one("AWS::Lambda::Version")
    assert version["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 2}
    assert served(deployment_of("warm"))["ReservedConcurrentExecutions"] == 5


def test_by_default_no_concurrency_is_reserved_which_a_new_account_could_not_do(default):
    for _, name, function in default.of("AWS::Lambda::Function"):
        assert "ReservedConcurrentExecutions" not in function, name


def test_requests_are_signed_by_default_and_the_function_checks_it_again(default):
    assert [route["AuthorizationType"] for _, _, route in default.of("AWS::ApiGatewayV2::Route")] == ["AWS_IAM"]
    assert environment(default)["LEADGEN_REQUIRE_AUTHORIZER"] == "iam"


def test_tokens_are_checked_for_issuer_and_audience(deployment_of):
    deployment = deployment_of("tokens and browsers")
    authorizer = deployment.one("AWS::ApiGatewayV2::Authorizer")
    assert authorizer["JwtConfiguration"] == {"Issuer": "https://login.example.com/", "Audience": ["leads"]}
    routes = {route["RouteKey"]: route for _, _, route in deployment.of("AWS::ApiGatewayV2::Route")}
    assert routes["$default"]["AuthorizationType"] == "JWT"
    assert environment(deployment)["LEADGEN_REQUIRE_AUTHORIZER"] == "jwt"


def test_browsers_of_other_origins_get_in_only_by_setting(default, deployment_of):
    assert "CorsConfiguration" not in default.one("AWS::ApiGatewayV2::Api")
    assert "LEADGEN_CORS_ORIGINS" not in environment(default)
    deployment = deployment_of("tokens and browsers")
    cors = deployment.one("AWS::ApiGatewayV2::Api")["CorsConfiguration"]
    assert cors["AllowOrigins"] == ["https://crm.example.com"]
    assert environment(deployment)["LEADGEN_CORS_ORIGINS"] == "https://crm.example.com"


@pytest.mark.parametrize("variant", ["default", *REST])
def test_requests_are_throttled_traced_and_logged_without_persons(deployment_of, variant):
    deployment = deployment_of(variant)
    rest = deployment.settings.api.kind == "rest"
    if rest:
        stage = deployment.one("AWS::ApiGateway::Stage")
        (limits,) = stage["MethodSettings"]
        log = stage["AccessLogSetting"]["Format"]
        assert stage["TracingEnabled"]
        assert not limits["DataTraceEnabled"]
    else:
        stage = deployment.one("AWS::ApiGatewayV2::Stage")
        limits, log = stage["DefaultRouteSettings"], stage["AccessLogSettings"]["Format"]
    assert (limits["ThrottlingRateLimit"], limits["ThrottlingBurstLimit"]) == (50, 100)
    assert served(deployment)["TracingConfig"] == {"Mode": "Active"}
    assert "$context.requestId" in json.loads(log).values()
    for personal in ("identity", "sourceIp", "userAgent", "path", "authorizer"):
        assert personal not in log


def test_keys_stand_in_no_template_and_every_request_needs_one(deployment_of):
    deployment = deployment_of("rest api with keys and firewall")
    assert "Value" not in deployment.one("AWS::ApiGateway::ApiKey")
    methods = [method for _, _, method in deployment.of("AWS::ApiGateway::Method")]
    assert all(method["ApiKeyRequired"] for method in methods)
    plan = deployment.one("AWS::ApiGateway::UsagePlan")
    assert plan["Throttle"] == {"BurstLimit": 100, "RateLimit": 50}
    assert environment(deployment)["LEADGEN_REQUIRE_AUTHORIZER"] == "api_key"


def test_the_firewall_stands_before_the_stage_and_lets_batches_of_leads_pass(deployment_of):
    deployment = deployment_of("rest api with keys and firewall")
    stages = deployment.stacks["api"].resources("AWS::ApiGateway::Stage")
    protected = json.dumps(deployment.one("AWS::WAFv2::WebACLAssociation")["ResourceArn"])
    assert all(f'{{"Ref": "{stage}"}}' in protected for stage in stages)
    rules = {rule["Name"]: rule for rule in deployment.one("AWS::WAFv2::WebACL")["Rules"]}
    (override,) = rules["AWSManagedRulesCommonRuleSet"]["Statement"]["ManagedRuleGroupStatement"]["RuleActionOverrides"]
    assert override == {"Name": "SizeRestrictions_BODY", "ActionToUse": {"Count": {}}}
    assert rules["rate"]["Action"] == {"Block": {}}


def test_a_private_api_answers_its_vpc_endpoints_alone(deployment_of):
    api = deployment_of("private rest api").one("AWS::ApiGateway::RestApi")
    assert api["EndpointConfiguration"]["Types"] == ["PRIVATE"]
    by_effect = {statement["Effect"]: statement for statement in api["Policy"]["Statement"]}
    through = {"aws:SourceVpce": ["vpce-0123456789abcdef0"]}
    assert by_effect["Allow"]["Condition"] == {"StringEquals": through}
    assert by_effect["Deny"]["Condition"] == {"StringNotEquals": through}


def test_a_domain_takes_modern_tls_and_closes_the_other_address(deployment_of):
    deployment = deployment_of("tokens and browsers")
    (configuration,) = deployment.one("AWS::ApiGatewayV2::DomainName")["DomainNameConfigurations"]
    assert configuration["SecurityPolicy"] == "TLS_1_2"
    assert deployment.one("AWS::ApiGatewayV2::Api")["DisableExecuteApiEndpoint"] is True
    assert {record["Type"] for _, _, record in deployment.of("AWS::Route53::RecordSet")} == {"A", "AAAA"}
    assert deployment.stacks["api"].body["Outputs"]["ApiUrl"]["Value"] == "https://leads.example.com"


def test_a_rest_api_keeps_its_stage_in_the_path_behind_a_domain(deployment_of):
    """The function takes the stage off; without it in the path the links of /docs would lead nowhere."""
    deployment = deployment_of("rest api with domain")
    assert deployment.one("AWS::ApiGatewayV2::ApiMapping")["ApiMappingKey"] == "v1"
    assert deployment.stacks["api"].body["Outputs"]["ApiUrl"]["Value"] == "https://leads.example.com/v1"


@pytest.mark.parametrize("variant", ["default", "rest api with keys and firewall", "tokens and browsers"])
def test_only_the_gateway_may_invoke_the_function_and_only_its_alias(deployment_of, variant):
    deployment = deployment_of(variant)
    permissions = [p for part, _, p in deployment.of("AWS::Lambda::Permission") if part == "api"]
    assert [permission["Principal"] for permission in permissions] == ["apigateway.amazonaws.com"]
    assert permissions[0]["FunctionName"]["Ref"].startswith("FunctionAlias")
    assert "execute-api" in json.dumps(permissions[0]["SourceArn"])


def test_a_baked_bundle_needs_no_path_and_the_others_name_it(deployment_of):
    assert "LEADGEN_BUNDLE_PATH" not in environment(deployment_of("default"))
    from_s3 = environment(deployment_of("bundle from S3"))["LEADGEN_BUNDLE_PATH"]["Fn::Join"][1]
    assert from_s3[0] == "s3://leadgen-dev-"
    assert from_s3[-2:] == ["/artifacts/", {"Ref": "Bundle"}]
    assert environment(deployment_of("bundle from EFS"))["LEADGEN_BUNDLE_PATH"] == {
        "Fn::Join": ["", ["/mnt/bundles/", {"Ref": "Bundle"}]]
    }


def test_a_bundle_is_on_the_file_system_before_the_function_mounts_it(deployment_of):
    deployment = deployment_of("bundle from EFS")
    (function,) = [
        r for r in deployment.stacks["api"].resources("AWS::Lambda::Function").values()
        if r["Properties"].get("PackageType") == "Image"
    ]  # fmt: skip
    kinds = {deployment.stacks["api"].body["Resources"][name]["Type"] for name in function["DependsOn"]}
    assert {"Custom::Bundle", "AWS::EFS::MountTarget"} <= kinds
    copied = deployment.one("Custom::Bundle")
    # A build from unchanged tables has another digest alone, and a manifest that says when it was.
    assert (copied["Bundle"], copied["Digest"]) == ({"Ref": "Bundle"}, {"Ref": "Digest"})
    assert deployment.one("AWS::EFS::FileSystem")["Encrypted"] is True


@pytest.mark.parametrize(
    ("kind", "selected"),
    [
        ("WAFv2::WebACL", lambda api: api.waf),
        ("ApiGateway::RestApi", lambda api: api.kind == "rest"),
        ("ApiGateway::Account", lambda api: api.kind == "rest"),
        ("ApiGateway::ApiKey", lambda api: api.authorization == "api_key"),
        ("ApiGatewayV2::Api", lambda api: api.kind == "http"),
        ("ApiGatewayV2::Authorizer", lambda api: api.authorization == "jwt"),
        ("ApiGatewayV2::DomainName", lambda api: api.domain is not None),
        ("EFS::FileSystem", lambda api: api.bundle_source == "efs"),
        ("EC2::VPC", lambda api: api.bundle_source == "efs"),
    ],
)
def test_the_stack_holds_what_a_setting_selects_and_nothing_else(deployment, kind, selected):
    found = deployment.stacks["api"].resources(f"AWS::{kind}") if "api" in deployment.stacks else {}
    assert bool(found) == ("api" in deployment.stacks and selected(deployment.settings.api))
