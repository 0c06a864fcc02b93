"""A domain name of the company's own before the API."""

from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_route53 as route53
from constructs import Construct

from cdk.serving.gateway import Gateway
from cdk.settings import CustomDomain


class Domain(Construct):
    """`url` of the API, and the `target` that the name points at. TLS 1.2 or newer."""

    def __init__(self, scope: Construct, name: str, wanted: CustomDomain, gateway: Gateway) -> None:
        super().__init__(scope, name)
        domain = apigateway.CfnDomainName(
            self,
            "Name",
            domain_name=wanted.name,
            domain_name_configurations=[
                apigateway.CfnDomainName.DomainNameConfigurationProperty(
                    certificate_arn=wanted.certificate_arn, endpoint_type="REGIONAL", security_policy="TLS_1_2"
                )
            ],
        )
        mapping = apigateway.CfnApiMapping(
            self,
            "Mapping",
            api_id=gateway.api_id,
            stage=gateway.stage,
            domain_name=domain.ref,
            api_mapping_key=gateway.mapping_key,
        )
        mapping.node.add_dependency(gateway.deployed)
        self.target = domain.attr_regional_domain_name
        self.url = f"https://{wanted.name}" + (f"/{gateway.mapping_key}" if gateway.mapping_key else "")
        if wanted.hosted_zone_id:
            self._records(wanted, domain)

    def _records(self, wanted: CustomDomain, domain: apigateway.CfnDomainName) -> None:
        for kind in ("A", "AAAA"):
            route53.CfnRecordSet(
                self,
                kind,
                name=wanted.name,
                type=kind,
                hosted_zone_id=wanted.hosted_zone_id,
                alias_target=route53.CfnRecordSet.AliasTargetProperty(
                    dns_name=self.target, hosted_zone_id=domain.attr_regional_hosted_zone_id
                ),
            )
