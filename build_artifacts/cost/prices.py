"""AWS list prices of us-east-1 in USD, without taxes, first tier of each: check a page before relying on it.

`SEEN` is the day they were gathered. `confirmed` says that a published copy of the page or of a bill of 2025 or 2026
showed the figure; the others are from memory of the page. `free` is the part of the always-free tier, which is granted
once an account and therefore never taken off a total.
"""

from dataclasses import dataclass

SEEN = "2026-11-21"
REGION = "us-east-1"
HOURS = 730.0  # of a month, as AWS's own calculator counts
SECONDS = HOURS * 3600


@dataclass(frozen=True, slots=True)
class Price:
    """`usd` for `per` units; `page` below https://aws.amazon.com/."""

    usd: float
    per: float
    unit: str
    page: str
    free: float = 0.0
    confirmed: bool = True


_LAMBDA = "lambda/pricing"
LAMBDA_REQUEST = Price(0.20, 1e6, "requests", _LAMBDA, free=1e6)
LAMBDA_ARM = Price(0.0000133334, 1, "GB-s", _LAMBDA, free=400_000)
LAMBDA_ARM_PROVISIONED = Price(0.0000033334, 1, "GB-s", _LAMBDA, confirmed=False)
LAMBDA_ARM_ON_PROVISIONED = Price(0.0000077778, 1, "GB-s", _LAMBDA, confirmed=False)
HTTP_API = Price(1.00, 1e6, "requests", "api-gateway/pricing")
REST_API = Price(3.50, 1e6, "requests", "api-gateway/pricing")
TRANSFER_OUT = Price(0.09, 1, "GB", "ec2/pricing/on-demand", free=100)

FARGATE_ARM_VCPU = Price(0.03238, 1, "vCPU-hours", "fargate/pricing")
FARGATE_ARM_GB = Price(0.00356, 1, "GB-hours", "fargate/pricing")
BALANCER = Price(0.0225, 1, "hours", "elasticloadbalancing/pricing")
BALANCER_CAPACITY = Price(0.008, 1, "LCU-hours", "elasticloadbalancing/pricing")
PUBLIC_IPV4 = Price(0.005, 1, "address-hours", "vpc/pricing")
APP_RUNNER_VCPU = Price(0.064, 1, "vCPU-hours", "apprunner/pricing", confirmed=False)
APP_RUNNER_GB = Price(0.007, 1, "GB-hours", "apprunner/pricing", confirmed=False)
WAF_ACL = Price(5.00, 1, "ACLs", "waf/pricing", confirmed=False)
WAF_RULE = Price(1.00, 1, "rules", "waf/pricing", confirmed=False)
WAF_REQUEST = Price(0.60, 1e6, "requests", "waf/pricing", confirmed=False)
INTERFACE_ENDPOINT = Price(0.01, 1, "endpoint-zone-hours", "privatelink/pricing")

S3_STORED = Price(0.023, 1, "GB", "s3/pricing")
S3_PUT = Price(0.005, 1e3, "writes", "s3/pricing")
S3_GET = Price(0.0004, 1e3, "reads", "s3/pricing")
ECR_STORED = Price(0.10, 1, "GB", "ecr/pricing")
EFS_STORED = Price(0.30, 1, "GB", "efs/pricing", confirmed=False)
DYNAMODB_WRITE = Price(0.625, 1e6, "writes", "dynamodb/pricing/on-demand")
DYNAMODB_STORED = Price(0.25, 1, "GB", "dynamodb/pricing/on-demand", free=25)
DYNAMODB_RECOVERY = Price(0.20, 1, "GB", "dynamodb/pricing/on-demand", confirmed=False)
SECRET = Price(0.40, 1, "secrets", "secrets-manager/pricing")
SECRET_READ = Price(0.05, 1e4, "reads", "secrets-manager/pricing")
KEY = Price(1.00, 1, "keys", "kms/pricing")
RDS_T4G_MICRO = Price(0.016, 1, "hours", "rds/postgresql/pricing")
RDS_STORED = Price(0.115, 1, "GB", "rds/postgresql/pricing")

_EC2, _SPOT = "ec2/pricing/on-demand", "ec2/spot/pricing"
GPU = {
    "on_demand": {
        "g4dn.xlarge": Price(0.526, 1, "hours", _EC2),
        "g4dn.2xlarge": Price(0.752, 1, "hours", _EC2),
        "g4dn.4xlarge": Price(1.204, 1, "hours", _EC2),
        "g5.xlarge": Price(1.006, 1, "hours", _EC2),
    },
    # They move; these are about two fifths of the others.
    "spot": {
        "g4dn.xlarge": Price(0.21, 1, "hours", _SPOT, confirmed=False),
        "g4dn.2xlarge": Price(0.30, 1, "hours", _SPOT, confirmed=False),
        "g4dn.4xlarge": Price(0.48, 1, "hours", _SPOT, confirmed=False),
        "g5.xlarge": Price(0.41, 1, "hours", _SPOT, confirmed=False),
    },
}
EBS_STORED = Price(0.08, 1, "GB", "ebs/pricing")

CODEBUILD_ARM = {
    "small": Price(0.0034, 1, "minutes", "codebuild/pricing", free=100, confirmed=False),
    "medium": Price(0.0070, 1, "minutes", "codebuild/pricing"),
    "large": Price(0.0150, 1, "minutes", "codebuild/pricing", confirmed=False),
}
PIPELINE = Price(0.002, 1, "action minutes", "codepipeline/pricing", free=100, confirmed=False)
SCHEDULE = Price(1.00, 1e6, "invocations", "eventbridge/pricing", free=14e6)
TURN = Price(0.50, 1e6, "requests", "sqs/pricing", free=1e6)
NOTICE = Price(2.00, 1e5, "e-mails", "sns/pricing", free=1e3)

LOG_INGESTED = Price(0.50, 1, "GB", "cloudwatch/pricing", free=5)
LOG_STORED = Price(0.03, 1, "GB", "cloudwatch/pricing")
METRIC = Price(0.30, 1, "metrics", "cloudwatch/pricing", free=10)
ALARM = Price(0.10, 1, "alarms", "cloudwatch/pricing", free=10)
DASHBOARD = Price(3.00, 1, "dashboards", "cloudwatch/pricing", free=3)
TRACE = Price(5.00, 1e6, "traces", "xray/pricing", free=1e5)


def firm_summaries(usd: float) -> Price:
    """What the language model takes for a firm's topics: its provider's price, which no page of AWS names."""
    return Price(usd, 1, "firms", "", confirmed=False)
