"""Who deploys after a push."""

from typing import Literal, Self

from pydantic import Field, model_validator

from cdk.settings.section import Section, require


class Delivery(Section):
    """Who deploys after a push."""

    kind: Literal["none", "github", "codepipeline"] = Field(
        default="none", description="Nobody, GitHub Actions by OIDC, or CodePipeline."
    )
    repository: str | None = Field(
        default=None,
        pattern=r"^[\w.-]+(@\d+)?/[\w.-]+(@\d+)?$",
        description="`owner/name` on GitHub; `owner@1234/name@5678`, with the ids that GitHub puts into tokens, for a "
        "repository made, renamed or moved since July 2026.",
    )
    branch: str = Field(default="main", min_length=1, description="Branch that is deployed.")
    connection_arn: str | None = Field(
        default=None, pattern=r"^arn:aws[a-z-]*:code(star-)?connections:", description="CodeConnections connection."
    )
    pipeline_environments: tuple[str, ...] = Field(
        default=("dev", "prod"),
        min_length=1,
        description="What CodePipeline deploys to its own account, in this order; it asks before each but the first.",
    )
    oidc_provider_arn: str | None = Field(
        default=None,
        pattern=r"^arn:aws[a-z-]*:iam::",
        description="The account's GitHub OIDC provider, where one exists.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        named = self.kind == "none" or self.repository is not None
        require(named, f"delivery.kind `{self.kind}` needs delivery.repository")
        connected = self.kind != "codepipeline" or self.connection_arn is not None
        require(connected, "delivery.kind `codepipeline` needs delivery.connection_arn")
        return self
