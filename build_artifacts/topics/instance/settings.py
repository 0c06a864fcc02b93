"""What the deployment tells the instance, in the environment that the service gives it."""

from pathlib import Path

from leadgen.settings import PREFIX
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from build_artifacts.rebuild.settings import read_settings


class InstanceSettings(BaseSettings):
    """Each is an environment variable, `LEADGEN_` and its name; `leadgen topics` reads more of them itself."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    home: Path = Field(description="Folder of this machine for code, settings and caches.")
    group: str = Field(description="Auto Scaling group that the instance belongs to.")
    log_group: str = Field(description="Log group of CloudWatch for the run's lines.")
    database_url: str = Field(description="Database, as its writer: `rds-iam://…`.")
    database_master_secret: str = Field(description="Secret with the password of the database's owner.")
    database_instance: str | None = Field(
        default=None, description="Identifier of the database, where it is stopped between runs."
    )
    input: str = Field(description="Where the transcripts lie: `s3://…`.")
    quarter: str | None = Field(default=None, description="Quarter to run; the one before today's without.")
    text_model: str = Field(description="Text model, as `leadgen topics --text-model` takes it.")
    text_model_output: str = Field(description="Below what its compiled form for a CPU is put: `s3://bucket/prefix/`.")
    flags: dict[str, str] = Field(default={}, description="More flags of `leadgen topics`, JSON, without dashes.")

    @classmethod
    def read(cls) -> "InstanceSettings":
        """Raises ConfigurationError naming every variable that is missing or malformed."""
        return read_settings(cls)
