"""The HTTP API: the functions from the digest in service, the canary, and the gateway before them."""

from aws_cdk import CfnOutput, CfnParameter
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk.deployment_stack import DeploymentStack
from cdk.serving.api_function import ApiFunction
from cdk.serving.bundle_files import BundleFiles
from cdk.serving.canary import Canary
from cdk.serving.domain import Domain
from cdk.serving.gateway import Behind
from cdk.serving.http_api import HttpApi
from cdk.serving.rest_api import RestApi
from cdk.serving.themes_function import PATHS, ThemesFunction
from cdk.settings import Settings


class ApiStack(DeploymentStack):
    """Digest and bundle are read from Systems Manager at each update, by which the rollout changes them."""

    def __init__(self, scope: Construct, settings: Settings, key: kms.IKey | None) -> None:
        super().__init__(scope, settings, "api", "API")
        digest = self._in_service("Digest", "in-service/digest")
        bundle = self._in_service("Bundle", "in-service/bundle")
        themes = None
        if settings.capabilities.topics:
            themes = ThemesFunction(self, "Themes", settings, digest, key).function.attr_arn
        kind: type[HttpApi | RestApi] = RestApi if settings.api.kind == "rest" else HttpApi
        if settings.capabilities.scoring:
            files = None
            if settings.api.bundle_source == "efs":
                files = BundleFiles(self, "Files", settings, digest, bundle, key)
            function = ApiFunction(self, "Function", settings, digest, bundle, files, key)
            behind = Behind(function.alias.ref, themes, PATHS if themes else ())
            self.gateway = kind(self, "Gateway", settings, behind, key)
            Canary(self, "Canary", settings, function, bundle, key)
        else:
            self.gateway = kind(self, "Gateway", settings, Behind(str(themes)), key)
        CfnOutput(self, "BundleInService", value=bundle, description="Bundle of the image in service")
        self._outputs(settings)

    def _in_service(self, name: str, parameter: str) -> str:
        return CfnParameter(
            self,
            name,
            type="AWS::SSM::Parameter::Value<String>",
            default=self.names.parameter(parameter),
            description=f"Parameter of Systems Manager that names the {name.lower()} in service",
        ).value_as_string

    def _outputs(self, settings: Settings) -> None:
        url = self.gateway.url
        if settings.api.domain:
            domain = Domain(self, "Domain", settings.api.domain, self.gateway)
            url = domain.url
            CfnOutput(self, "DomainTarget", value=domain.target, description="Where a CNAME of the domain points")
        CfnOutput(self, "ApiUrl", value=url, description="Address of the API")
        if settings.capabilities.scoring and settings.capabilities.topics:
            document = f"{url}/themes/openapi.json"
            CfnOutput(self, "ThemesDocument", value=document, description="OpenAPI document of topics and themes")
        CfnOutput(self, "Region", value=self.region, description="Region to sign requests for")
        CfnOutput(self, "FunctionName", value=self.names.served(settings), description="Function that serves")
        CfnOutput(self, "Authorization", value=settings.api.authorization, description="iam, jwt or api_key")
