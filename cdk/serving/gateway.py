"""What the two kinds of API Gateway share."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Behind:
    """ARNs of what is behind an API: the function or alias that everything goes to, but what `paths` begin with."""

    everything: str
    themes: str | None = None
    paths: tuple[str, ...] = ()

    @property
    def functions(self) -> dict[str, str]:
        """Each of them by the name that its construct has in the stack."""
        named = {"Function": self.everything, "Themes": self.themes}
        return {name: arn for name, arn in named.items() if arn}


class Gateway(Construct):
    """An API before the function: where it is, and what `deployed` its stage."""

    url: str
    api_id: str
    stage: str
    deployed: IDependable
    mapping_key: str | None

    def may_invoke(self, behind: Behind) -> None:
        """Let this API, and no other, call what is behind it."""
        for name, function in behind.functions.items():
            lambda_.CfnPermission(
                self,
                "Invoke" if name == "Function" else f"Invoke{name}",
                action="lambda:InvokeFunction",
                function_name=function,
                principal="apigateway.amazonaws.com",
                source_arn=f"arn:{Aws.PARTITION}:execute-api:{Aws.REGION}:{Aws.ACCOUNT_ID}:{self.api_id}/*",
            )
