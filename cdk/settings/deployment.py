"""All settings of one deployment."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from cdk.settings.api import Api
from cdk.settings.delivery import Delivery
from cdk.settings.descriptions import Descriptions
from cdk.settings.homes import Homes
from cdk.settings.monitoring import Monitoring
from cdk.settings.rebuild import Rebuild
from cdk.settings.section import Section, require
from cdk.settings.storing import Data
from cdk.settings.topics import Topics


class Capabilities(Section):
    """What the deployment does. What is off creates nothing and costs nothing."""

    scoring: bool = Field(default=True, description="Lead scores and similar companies: rebuilds, image and API.")
    descriptions: bool = Field(default=False, description="Descriptions of companies written from their websites.")
    topics: bool = Field(default=False, description="Topics and themes of transcripts, in PostgreSQL.")


class Settings(Section):
    """One deployment."""

    name: str = Field(default="leadgen", pattern=r"^[a-z][a-z0-9-]{1,15}$", description="Name of the product.")
    environment: str = Field(pattern=r"^[a-z][a-z0-9]{1,9}$", description="Its key in `environments`.")
    capabilities: Capabilities = Capabilities()
    tags: Mapping[str, str] = Field(default={}, description="Tags of everything, besides `leadgen:deployment`.")
    retain_data: bool = Field(
        default=True, description="Keep bucket, database, images and tables when the stacks are removed."
    )
    encryption: Literal["aws", "kms"] = Field(
        default="aws",
        description="Keys owned by AWS, or one of the account's own (1 USD a month). Chosen once: a repository of "
        "images cannot change its key.",
    )
    data: Data = Data()
    rebuild: Rebuild = Rebuild()
    api: Api = Api()
    descriptions: Descriptions = Descriptions()
    topics: Topics = Topics()
    monitoring: Monitoring = Monitoring()
    homes: Homes = Homes()
    delivery: Delivery = Delivery()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        capabilities = self.capabilities
        some = capabilities.scoring or capabilities.descriptions or capabilities.topics
        require(some, "capabilities: all are off, so there is nothing to deploy")
        fargate, app_runner = self.homes.fargate, self.homes.app_runner
        for name, home in (("fargate", fargate), ("app_runner", app_runner)):
            require(capabilities.scoring or not home.enabled, f"homes.{name} needs capabilities.scoring")
            baked = self.api.bundle_source != "efs" or not home.enabled
            require(baked, f"homes.{name} does not go with api.bundle_source `efs`")
        x86 = self.rebuild.architecture == "x86_64"
        require(x86 or not app_runner.enabled, "homes.app_runner needs rebuild.architecture `x86_64`")
        certified = fargate.certificate_arn is not None or not fargate.enabled
        require(certified, "homes.fargate needs homes.fargate.certificate_arn")
        return self

    @model_validator(mode="after")
    def _descriptions_are_read(self) -> Self:
        if not self.capabilities.descriptions:
            return self
        scoring = self.capabilities.scoring
        require(scoring, "capabilities.descriptions needs capabilities.scoring, whose rebuilds read the descriptions")
        written = self.descriptions.flags.get("description-col", "description")
        texts = self.rebuild.flags.get("companies-text-cols", "description")
        read = written in [name.strip() for name in texts.split(",")]
        require(read, f"rebuild.flags.companies-text-cols leaves out {written!r}, the column of descriptions")
        return self

    @property
    def has_api(self) -> bool:
        """Whether there is something to ask: then there is an image, its build, its rollout and an API."""
        return self.capabilities.scoring or self.capabilities.topics

    @property
    def prefix(self) -> str:
        """The name that everything of this deployment begins with, such as `leadgen-dev`."""
        return f"{self.name}-{self.environment}"
