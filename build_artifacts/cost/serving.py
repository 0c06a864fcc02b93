"""The API at each of its homes."""

from build_artifacts.cost import prices
from build_artifacts.cost.line import Line
from build_artifacts.cost.options import Deployment, Use

ZONES = 2
# ECR's two, CloudWatch Logs and Secrets Manager: what a Fargate task calls that has no gateway endpoint.
FARGATE_ENDPOINTS = 4
# A function that mounts EFS is inside a network, and reads its secret by an endpoint in one zone.
_EFS_ENDPOINTS = 1
_KB_IN_GB = 1e6


def serving_lines(deployment: Deployment, use: Use) -> list[Line]:
    """Compute, entrance and traffic."""
    home = {"lambda": _function, "fargate": _fargate, "app_runner": _app_runner}[deployment.home]
    return [*home(deployment, use), *_firewall(deployment, use), _traffic(use), *_endpoints(deployment)]


def _function(deployment: Deployment, use: Use) -> list[Line]:
    memory, busy = deployment.memory_gb, use.requests * use.milliseconds / 1000
    warm = deployment.provisioned * prices.SECONDS
    on_provisioned = min(busy, warm)
    cold = 0.0 if busy < warm else use.requests * use.cold_share * use.cold_milliseconds / 1000
    entrance = prices.HTTP_API if deployment.api == "http" else prices.REST_API
    return [
        Line("Lambda", "requests", use.requests, prices.LAMBDA_REQUEST, "requests"),
        Line("Lambda", "duration", (busy - on_provisioned) * memory, prices.LAMBDA_ARM, "requests"),
        Line("Lambda", "cold starts", cold * memory, prices.LAMBDA_ARM, "requests"),
        Line("Lambda", "provisioned copies", warm * memory, prices.LAMBDA_ARM_PROVISIONED),
        Line(
            "Lambda", "duration on them", on_provisioned * memory, prices.LAMBDA_ARM_ON_PROVISIONED, "requests",
        ),
        Line("API Gateway", f"{deployment.api.upper()} API", use.requests, entrance, "requests"),
    ]  # fmt: skip


def _fargate(deployment: Deployment, use: Use) -> list[Line]:
    hours = deployment.tasks * prices.HOURS
    return [
        Line("Fargate", "CPUs", hours * deployment.task_vcpu, prices.FARGATE_ARM_VCPU),
        Line("Fargate", "memory", hours * deployment.memory_gb, prices.FARGATE_ARM_GB),
        Line("Load balancer", "itself", prices.HOURS, prices.BALANCER),
        Line("Load balancer", "capacity", _capacity(use), prices.BALANCER_CAPACITY, "requests"),
        Line("Load balancer", "addresses", 0 if deployment.internal else ZONES * prices.HOURS, prices.PUBLIC_IPV4),
    ]


def _capacity(use: Use) -> float:
    """LCU-hours: 1 GB, or 25 new connections a second, each request taken for a connection of its own."""
    return max(use.requests * use.response_kb / _KB_IN_GB, use.requests / (25 * 3600))


def _app_runner(deployment: Deployment, use: Use) -> list[Line]:
    """Memory is paid all the time, CPUs in each minute that has a request, requests taken as evenly spread."""
    active = min(prices.HOURS, use.requests / 60) * deployment.tasks * deployment.task_vcpu
    return [
        Line(
            "App Runner", "memory", deployment.tasks * prices.HOURS * deployment.memory_gb, prices.APP_RUNNER_GB,
        ),
        Line("App Runner", "CPUs while active", active, prices.APP_RUNNER_VCPU, "requests"),
    ]  # fmt: skip


def _firewall(deployment: Deployment, use: Use) -> list[Line]:
    if not deployment.waf_rules:
        return []
    return [
        Line("WAF", "web ACL", 1, prices.WAF_ACL),
        Line("WAF", "rules", deployment.waf_rules, prices.WAF_RULE),
        Line("WAF", "requests", use.requests, prices.WAF_REQUEST, "requests"),
    ]


def _traffic(use: Use) -> Line:
    gigabytes = use.requests * use.response_kb / _KB_IN_GB
    return Line("Data transfer", "answers to the internet", gigabytes, prices.TRANSFER_OUT, "requests")


def _endpoints(deployment: Deployment) -> list[Line]:
    fargate = FARGATE_ENDPOINTS * ZONES * (deployment.home == "fargate")
    mounted = _EFS_ENDPOINTS * (deployment.bundle_source == "efs")
    hours = (deployment.endpoints + fargate + mounted) * prices.HOURS
    return [Line("VPC", "interface endpoints", hours, prices.INTERFACE_ENDPOINT)]
