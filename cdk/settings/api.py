"""The HTTP API and the function behind it."""

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from cdk.settings.section import LogDays, Section, require

BundleSource = Literal["baked", "s3", "efs"]


class CustomDomain(Section):
    """A domain name of one's own for the API."""

    name: str = Field(pattern=r"^[a-z0-9.-]+\.[a-z]{2,}$", description="Domain name, such as `leads.example.com`.")
    certificate_arn: str = Field(pattern=r"^arn:aws[a-z-]*:acm:", description="Its certificate in the API's region.")
    hosted_zone_id: str | None = Field(
        default=None, description="Route 53 zone to enter it into; without one the output names the target of a CNAME."
    )


class Jwt(Section):
    """Whose tokens the API trusts."""

    issuer: str | None = Field(default=None, pattern=r"^https://\S+$", description="Issuer (`iss`) of the tokens.")
    audience: tuple[str, ...] = Field(default=(), description="Audiences (`aud`), one of which a token must name.")


class Canary(Section):
    """How a new version takes over."""

    deployment: Literal["canary", "linear", "all_at_once"] = Field(
        default="canary", description="One step, equal steps, or none."
    )
    percent: int = Field(default=10, ge=1, le=99, description="Share of the traffic in a step.")
    minutes: int = Field(default=5, ge=1, le=120, description="Minutes that a step lasts.")
    p99_milliseconds: int = Field(default=3000, ge=50, description="Latency p99 of a version that rolls it back.")
    errors: int = Field(default=1, ge=1, description="Errors a minute of a version that roll it back.")


class Api(Section):
    """The HTTP API and the function behind it."""

    kind: Literal["http", "rest"] = Field(
        default="http", description="HTTP API; REST API for keys, a firewall or a private endpoint."
    )
    authorization: Literal["iam", "jwt", "api_key"] = Field(
        default="iam", description="Signed requests (`leadgen call` signs), tokens of `jwt.issuer`, or API keys (REST)."
    )
    jwt: Jwt = Jwt()
    waf: bool = Field(default=False, description="AWS WAF with Amazon's common rules and a rate limit (REST).")
    private_vpc_endpoint_ids: tuple[str, ...] = Field(
        default=(), description="Interface endpoints for `execute-api` that alone may call the API (REST)."
    )
    rate: float = Field(default=50, gt=0, description="Requests a second before the API answers 429.")
    burst: int = Field(default=100, ge=1, description="Requests at once before the API answers 429.")
    cors_origins: tuple[str, ...] = Field(default=(), description="Origins whose pages may call the API.")
    domain: CustomDomain | None = Field(default=None, description="Custom domain.")
    memory_mb: int = Field(default=2048, ge=512, le=10240, description="Memory; 1,769 MB are one virtual CPU.")
    ephemeral_storage_mb: int = Field(
        default=512, ge=512, le=10240, description="Disk below `/tmp`, which holds the bundle where it comes from S3."
    )
    timeout_seconds: int = Field(default=29, ge=3, le=29, description="Longest answer; API Gateway waits for 30 s.")
    reserved_concurrency: int | None = Field(
        default=None,
        ge=1,
        description="Most copies of the function at once. None by default: a new account has only 10 for all "
        "functions, of which AWS lets none be reserved.",
    )
    provisioned_concurrency: int = Field(
        default=0, ge=0, description="Copies kept warm, on the version; 2 GB cost about 18 USD a month each on arm64."
    )
    canary: Canary = Canary()
    bundle_source: BundleSource = Field(
        default="baked", description="Bundle inside the image, copied from S3 at start, or mounted from EFS."
    )
    log_days: LogDays = Field(default=30, description="Days that logs of requests are kept.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        rest = self.kind == "rest"
        require(rest or self.authorization != "api_key", "api.authorization `api_key` needs api.kind `rest`")
        require(rest or not self.waf, "api.waf needs api.kind `rest`")
        require(rest or not self.private_vpc_endpoint_ids, "api.private_vpc_endpoint_ids needs api.kind `rest`")
        require(not rest or self.authorization != "jwt", "api.authorization `jwt` needs api.kind `http`")
        if self.authorization == "jwt":
            require(self.jwt.issuer is not None, "api.authorization `jwt` needs api.jwt.issuer")
            require(bool(self.jwt.audience), "api.authorization `jwt` needs api.jwt.audience")
        private_domain = bool(self.private_vpc_endpoint_ids) and self.domain is not None
        require(not private_domain, "api.domain does not go with api.private_vpc_endpoint_ids")
        for origin in self.cors_origins:
            require(bool(re.match(r"^https?://[^/*\s]+$", origin)), f"api.cors_origins: {origin!r} is no origin")
        reserved = self.reserved_concurrency
        fits = reserved is None or self.provisioned_concurrency <= reserved
        require(fits, "api.provisioned_concurrency exceeds api.reserved_concurrency")
        return self
