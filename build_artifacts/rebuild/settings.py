"""What a rebuild is told by its environment, besides the flags of the tables."""

from typing import Literal, TypeVar

from leadgen.errors import ConfigurationError
from leadgen.settings import PREFIX
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

SettingsType = TypeVar("SettingsType", bound=BaseSettings)
BundleSource = Literal["baked", "s3", "efs"]


class RebuildSettings(BaseSettings):
    """Each is an environment variable, `LEADGEN_` and its name."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    data_bucket: str | None = Field(
        default=None, description="Bucket of inputs, artifacts, caches and reports; without it all stays on this disk."
    )
    parameter_prefix: str | None = Field(
        default=None,
        pattern=r"^/[\w./-]+$",
        description="Prefix of the deployment's SSM parameters, such as `/leadgen-dev`.",
    )
    repository_uri: str | None = Field(
        default=None,
        pattern=r"^[\w.:-]+/[\w./-]+$",
        description="ECR repository that images are pushed to, such as "
        "`123456789012.dkr.ecr.eu-west-1.amazonaws.com/leadgen-dev`.",
    )
    bundle_source: BundleSource = Field(
        default="baked", description="`baked` puts the bundle into the image; `s3` and `efs` leave it out."
    )
    reuse_bundle: bool = Field(
        default=False,
        description="Bake the bundle in service again instead of building one, unless this code cannot read it or "
        "it is the sample's.",
    )
    described_companies: str | None = Field(
        default=None,
        description="Table that `leadgen describe` wrote: once it is there, its descriptions are joined by id onto the "
        "companies of `--companies-input-path`, in the column that `LEADGEN_DESCRIBE_DESCRIPTION_COL` names, else "
        "`description`.",
    )
    sample_customers: int = Field(
        default=5000, ge=1, description="Customers of the sample that is built where the bucket holds no tables."
    )
    sample_companies: int = Field(default=2000, ge=1, description="Companies of that sample.")


def read_settings(kind: type[SettingsType]) -> SettingsType:
    """Read one class of settings; raises ConfigurationError naming every malformed variable."""
    try:
        return kind()
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        problems = "; ".join(
            f"{prefix}{str(problem['loc'][0]).upper()}: {problem['msg']}"
            for problem in error.errors(include_input=False)
        )
        raise ConfigurationError(f"Settings cannot be used. {problems}.") from error


def settings_table(kind: type[BaseSettings]) -> str:
    """A class of settings as a table in Markdown, for README."""
    prefix = kind.model_config.get("env_prefix", "")
    rows = [
        f"| `{prefix}{name.upper()}` | {_default(field.default)} | {field.description} |"
        for name, field in kind.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


def _default(value: object) -> str:
    if value is None:
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
