"""Where the image runs besides Lambda."""

from typing import Literal

from pydantic import Field

from cdk.settings.section import Section


class Fargate(Section):
    """ECS Fargate behind a load balancer."""

    enabled: bool = Field(default=False, description="Serve from ECS Fargate, too.")
    certificate_arn: str | None = Field(default=None, description="Certificate of the load balancer.")
    cpu: Literal[256, 512, 1024, 2048, 4096] = Field(default=1024, description="CPU units; 1,024 are one CPU.")
    memory_mb: int = Field(default=2048, ge=512, le=30720, description="Memory of a task.")
    min_tasks: int = Field(default=1, ge=1, description="Least tasks.")
    max_tasks: int = Field(default=4, ge=1, description="Most tasks.")
    allowed_cidrs: tuple[str, ...] = Field(
        default=(), description="Networks that may reach the load balancer, such as `203.0.113.0/24`; none by default."
    )
    internal: bool = Field(
        default=False, description="A load balancer without public addresses, reached by peering or Transit Gateway."
    )
    waf: bool = Field(default=False, description="AWS WAF with Amazon's common rules and a rate limit.")


class AppRunner(Section):
    """AWS App Runner, which AWS closed to new customers on 30 April 2026; Fargate is the home for everybody else.

    https://docs.aws.amazon.com/apprunner/latest/dg/apprunner-availability-change.html
    """

    enabled: bool = Field(
        default=False,
        description="Serve from App Runner, too; only for accounts that used it before 30 April 2026, when AWS closed "
        "it to new customers. Needs `rebuild.architecture` x86_64.",
    )
    cpu: Literal[1024, 2048, 4096] = Field(default=1024, description="CPU units; 1,024 are one CPU.")
    memory_mb: Literal[2048, 3072, 4096, 6144, 8192, 10240, 12288] = Field(default=2048, description="Memory, MB.")
    min_instances: int = Field(default=1, ge=1, le=25, description="Least instances.")
    max_instances: int = Field(default=4, ge=1, le=25, description="Most instances.")


class Homes(Section):
    """Where the image runs besides Lambda."""

    fargate: Fargate = Fargate()
    app_runner: AppRunner = AppRunner()
