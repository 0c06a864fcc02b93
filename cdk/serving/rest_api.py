"""The REST API: what an HTTP API lacks, which is keys, a firewall and a private endpoint."""

import json
from typing import Any

from aws_cdk import Aws, CfnOutput, RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk.access import Statement, acknowledge, service_role
from cdk.logs import log_group
from cdk.names import arn
from cdk.serving.firewall import Firewall
from cdk.serving.gateway import ACCESS_LOG, Behind, Gateway
from cdk.settings import Settings


class RestApi(Gateway):
    """Every request that is authorised goes to what is behind."""

    stage = "v1"
    mapping_key = "v1"

    def __init__(self, scope: Construct, name: str, settings: Settings, behind: Behind, key: kms.IKey | None) -> None:
        super().__init__(scope, name)
        self._prefix, self._settings, self._behind = settings.prefix, settings.api, behind
        api = self._api(key)
        self.api_id = api.rest_api_id
        self.deployed = api.deployment_stage
        host, endpoints = self.api_id, self._settings.private_vpc_endpoint_ids
        if endpoints:
            host += f"-{endpoints[0]}"
        self.url = f"https://{host}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}/{self.stage}"
        self._route_all(api)
        self._log_executions(api, key)
        acknowledge(api, "AwsSolutions-APIG2", "The application checks every request and answers 422 with the reason.")
        if not self._settings.waf:
            acknowledge(api, "AwsSolutions-APIG3", "By api.waf, which costs about 9 USD a month.")
        if self._settings.authorization == "api_key":
            self._keys(api)
        if self._settings.waf:
            Firewall(self, "Firewall", self._prefix, api.deployment_stage.stage_arn)

    def _api(self, key: kms.IKey | None) -> apigateway.RestApi:
        wanted, endpoints = self._settings, self._settings.private_vpc_endpoint_ids
        kind = apigateway.EndpointType.PRIVATE if endpoints else apigateway.EndpointType.REGIONAL
        return apigateway.RestApi(
            self,
            "Api",
            rest_api_name=self._prefix,
            # Only an endpoint that the API knows gets an address of its own:
            # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-test-invoke-url.html
            endpoint_configuration=apigateway.EndpointConfiguration(
                types=[kind], vpc_endpoints=[self._endpoint(identifier) for identifier in endpoints] or None
            ),
            disable_execute_api_endpoint=wanted.domain is not None,
            policy=_from(endpoints) if endpoints else None,
            cloud_watch_role=False,
            binary_media_types=["*/*"],
            default_cors_preflight_options=apigateway.CorsOptions(
                allow_origins=list(wanted.cors_origins), allow_methods=["GET", "POST"]
            )
            if wanted.cors_origins
            else None,
            deploy_options=apigateway.StageOptions(
                stage_name=self.stage,
                tracing_enabled=True,
                throttling_rate_limit=wanted.rate,
                throttling_burst_limit=wanted.burst,
                logging_level=apigateway.MethodLoggingLevel.ERROR,
                data_trace_enabled=False,
                access_log_destination=apigateway.LogGroupLogDestination(
                    log_group(self, "AccessLog", wanted.log_days, key)
                ),
                access_log_format=apigateway.AccessLogFormat.custom(json.dumps(ACCESS_LOG)),
            ),
        )

    def _endpoint(self, identifier: str) -> ec2.IVpcEndpoint:
        return ec2.InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
            self, identifier, vpc_endpoint_id=identifier, port=443
        )

    def _route_all(self, api: apigateway.RestApi) -> None:
        self._route(api.root, self._behind.everything)
        for path in self._behind.paths:
            self._route(api.root.add_resource(path), str(self._behind.themes))
        self.may_invoke(self._behind)

    def _route(self, above: apigateway.IResource, function: str) -> None:
        """Send what is asked of a resource, and of all below it, to a function."""
        path = f"2015-03-31/functions/{function}/invocations"
        integration = apigateway.Integration(
            type=apigateway.IntegrationType.AWS_PROXY,
            integration_http_method="POST",
            uri=f"arn:{Aws.PARTITION}:apigateway:{Aws.REGION}:lambda:path/{path}",
        )
        signed = self._settings.authorization == "iam"
        for resource in (above, above.add_resource("{proxy+}")):
            method = resource.add_method(
                "ANY",
                integration,
                authorization_type=apigateway.AuthorizationType.IAM if signed else apigateway.AuthorizationType.NONE,
                api_key_required=not signed,
            )
            self._acknowledge(method)

    def _log_executions(self, api: apigateway.RestApi, key: kms.IKey | None) -> None:
        """REST APIs log under a role of the whole account.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
        """
        errors = log_group(
            self, "ErrorLog", self._settings.log_days, key, f"API-Gateway-Execution-Logs_{self.api_id}/{self.stage}"
        )
        role = service_role(
            self,
            "LogRole",
            "apigateway.amazonaws.com",
            [
                Statement(
                    "WriteLogs",
                    "API Gateway has one role for the logs of all REST APIs of the account, whatever their names.",
                    (
                        "logs:CreateLogGroup",
                        "logs:CreateLogStream",
                        "logs:DescribeLogGroups",
                        "logs:DescribeLogStreams",
                        "logs:FilterLogEvents",
                        "logs:GetLogEvents",
                        "logs:PutLogEvents",
                    ),
                    [arn("logs", "*")],
                )
            ],
        )
        account = apigateway.CfnAccount(self, "Account", cloud_watch_role_arn=role.role_arn)
        account.apply_removal_policy(RemovalPolicy.RETAIN)
        api.deployment_stage.node.add_dependency(account, errors)

    def _keys(self, api: apigateway.RestApi) -> None:
        """One key to begin with; its value is made by AWS and stands in no template."""
        first = api.add_api_key("Key", api_key_name=f"{self._prefix}-first", description="The first caller")
        throttle = apigateway.ThrottleSettings(rate_limit=self._settings.rate, burst_limit=self._settings.burst)
        plan = api.add_usage_plan("Plan", name=self._prefix, throttle=throttle)
        plan.add_api_key(first)
        plan.add_api_stage(stage=api.deployment_stage)
        shown = CfnOutput(
            self, "ApiKeyId", value=first.key_id, description="aws apigateway get-api-key --include-value"
        )
        shown.override_logical_id("ApiKeyId")

    def _acknowledge(self, method: apigateway.Method) -> None:
        acknowledge(
            method, "AwsSolutions-COG4", "Callers are programs with keys or roles; there are no users to sign in."
        )
        if self._settings.authorization == "api_key":
            acknowledge(method, "AwsSolutions-APIG4", "By api.authorization: every request needs an API key.")


def _from(endpoints: tuple[str, ...]) -> iam.PolicyDocument:
    """Only through these VPC endpoints, whoever asks.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html
    """
    through = {"aws:SourceVpce": list(endpoints)}
    invoke: dict[str, Any] = {
        "actions": ["execute-api:Invoke"],
        "principals": [iam.AnyPrincipal()],
        "resources": ["execute-api:/*"],
    }
    return iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(effect=iam.Effect.ALLOW, conditions={"StringEquals": through}, **invoke),
            iam.PolicyStatement(effect=iam.Effect.DENY, conditions={"StringNotEquals": through}, **invoke),
        ]
    )
