"""The HTTP API: signed requests or tokens, and to which function they go."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from aws_cdk import ArnFormat, Aws, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk.access import acknowledge
from cdk.logs import log_group
from cdk.serving.gateway import ACCESS_LOG, Behind, Gateway
from cdk.settings import Settings


class HttpApi(Gateway):
    """Every request that is authorised goes to what is behind."""

    stage = "$default"
    mapping_key = None

    def __init__(self, scope: Construct, name: str, settings: Settings, behind: Behind, key: kms.IKey | None) -> None:
        super().__init__(scope, name)
        self._settings, self._topics, self._behind = settings.api, settings.topics, behind
        self._themes_routes: dict[str, apigateway.CfnRoute] = {}
        api = self._api(settings)
        self.api_id = api.ref
        self.url = f"https://{api.ref}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}"
        self._route_all()
        self.deployed = self._stage(key)

    def _api(self, settings: Settings) -> apigateway.CfnApi:
        wanted, cors = settings.api, apigateway.CfnApi.CorsProperty
        return apigateway.CfnApi(
            self,
            "Api",
            name=settings.prefix,
            protocol_type="HTTP",
            disable_execute_api_endpoint=wanted.domain is not None,
            cors_configuration=cors(
                allow_origins=list(wanted.cors_origins),
                allow_methods=["GET", "POST"],
                allow_headers=["authorization", "content-type", "x-amz-date", "x-amz-security-token", "x-request-id"],
                expose_headers=["x-request-id"],
                max_age=3600,
            )
            if wanted.cors_origins
            else None,
        )

    def _route_all(self) -> None:
        targets = {name: self._integration(name, arn) for name, arn in self._behind.functions.items()}
        target = targets["Function"]
        route: dict[str, Any] = {"authorization_type": "AWS_IAM"}
        if self._settings.authorization == "jwt":
            route = {"authorization_type": "JWT", "authorizer_id": self._authorizer()}
        apigateway.CfnRoute(self, "Route", api_id=self.api_id, route_key="$default", target=target, **route)
        for key in _route_keys(self._behind.paths):
            self._themes_routes[key] = apigateway.CfnRoute(
                self, _construct_name(key), api_id=self.api_id, route_key=key, target=targets["Themes"], **route
            )
        if self._settings.cors_origins:
            self._answer_preflight(target)
        self.may_invoke(self._behind)

    def _integration(self, name: str, function: str) -> str:
        integration = apigateway.CfnIntegration(
            self,
            name,
            api_id=self.api_id,
            integration_type="AWS_PROXY",
            integration_uri=function,
            payload_format_version="2.0",
            timeout_in_millis=min(30_000, 1000 * self._settings.timeout_seconds + 1000),
        )
        return f"integrations/{integration.ref}"

    def _answer_preflight(self, target: str) -> None:
        """Browsers send no authorisation with OPTIONS, and `$default` would ask for it.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
        """
        preflight = apigateway.CfnRoute(
            self, "Preflight", api_id=self.api_id, route_key="OPTIONS /{proxy+}", target=target
        )
        acknowledge(preflight, "AwsSolutions-APIG4", "A preflight request carries no authorisation, and reads nothing.")

    def _authorizer(self) -> str:
        return apigateway.CfnAuthorizer(
            self,
            "Tokens",
            api_id=self.api_id,
            name="tokens",
            authorizer_type="JWT",
            identity_source=["$request.header.Authorization"],
            jwt_configuration=apigateway.CfnAuthorizer.JWTConfigurationProperty(
                issuer=self._settings.jwt.issuer, audience=list(self._settings.jwt.audience)
            ),
        ).ref

    def _stage(self, key: kms.IKey | None) -> apigateway.CfnStage:
        group = log_group(self, "AccessLog", self._settings.log_days, key)
        stage = apigateway.CfnStage(
            self,
            "Stage",
            api_id=self.api_id,
            stage_name=self.stage,
            auto_deploy=True,
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=self._settings.rate,
                throttling_burst_limit=self._settings.burst,
                detailed_metrics_enabled=False,
            ),
            route_settings=self._themes_throttling() or None,
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=Stack.of(self).format_arn(
                    service="logs",
                    resource="log-group",
                    resource_name=group.log_group_name,
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                ),
                format=json.dumps(ACCESS_LOG),
            ),
        )
        # A stage can limit only routes that exist.
        for route in self._themes_routes.values():
            stage.add_dependency(route)
        return stage

    def _themes_throttling(self) -> dict[str, dict[str, float]]:
        """Every copy of the function holds a connection, of which a small database has few.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
        """
        limit = {"ThrottlingRateLimit": self._topics.rate, "ThrottlingBurstLimit": self._topics.burst}
        return dict.fromkeys(self._themes_routes, limit)


def _route_keys(paths: Sequence[str]) -> Iterator[str]:
    """By method: `ANY` would take the browsers' OPTIONS from the route that asks for no authorisation."""
    for path in paths:
        for method in ("GET", "POST"):
            yield from (f"{method} /{path}", f"{method} /{path}/{{proxy+}}")


def _construct_name(route_key: str) -> str:
    method, _, path = route_key.partition(" /")
    name, _, below = path.partition("/")
    return f"{method.title()}{name.title()}{'Below' if below else ''}"
