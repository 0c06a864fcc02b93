"""What the two kinds of API Gateway share."""

from aws_cdk import aws_cloudwatch as cloudwatch
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
    """An API before the function: where it is, what `deployed` its stage, and the metric of its 5xx answers."""

    url: str
    api_id: str
    stage: str
    deployed: IDependable
    mapping_key: str | None
    server_errors: cloudwatch.CfnAlarm.MetricProperty


def metric_of(api: dict[str, str], name: str) -> cloudwatch.CfnAlarm.MetricProperty:
    """A metric of API Gateway.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    """
    return cloudwatch.CfnAlarm.MetricProperty(
        namespace="AWS/ApiGateway",
        metric_name=name,
        dimensions=[cloudwatch.CfnAlarm.DimensionProperty(name=n, value=v) for n, v in api.items()],
    )
