"""What the two kinds of API Gateway share."""

from aws_cdk import Aws
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IDependable

ACCESS_LOG = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "httpMethod": "$context.httpMethod",
    "status": "$context.status",
    "responseLength": "$context.responseLength",
    "responseLatency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "integrationStatus": "$context.integrationStatus",
    "error": "$context.error.message",
}
"""A line of the access log: no address, no identity, no path, since those point at persons. The application's own log
names the route, under the same request id."""


class Gateway(Construct):
    """An API before the function: where it is, and what `deployed` its stage."""

    url: str
    api_id: str
    stage: str
    deployed: IDependable
    mapping_key: str | None

    def may_invoke(self, alias: lambda_.CfnAlias) -> None:
        """Let this API, and no other, call the alias."""
        lambda_.CfnPermission(
            self,
            "Invoke",
            action="lambda:InvokeFunction",
            function_name=alias.ref,
            principal="apigateway.amazonaws.com",
            source_arn=f"arn:{Aws.PARTITION}:execute-api:{Aws.REGION}:{Aws.ACCOUNT_ID}:{self.api_id}/*",
        )
