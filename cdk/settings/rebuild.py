"""The build of bundle and image."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from cdk.settings.flags import BUILD_FLAGS, GATE_LIMITS, TABLE_FLAGS
from cdk.settings.section import CRON, EMAIL, LogDays, Section, require

Architecture = Literal["arm64", "x86_64"]


class Rebuild(Section):
    """The build of bundle and image."""

    schedule: str | None = Field(
        default="cron(0 3 * * ? *)", pattern=CRON, description="When to rebuild; `null` for only by hand."
    )
    time_zone: str = Field(default="Etc/UTC", pattern=r"^[A-Za-z_]+(/[A-Za-z0-9_+-]+)*$", description="IANA time zone.")
    compute: Literal["SMALL", "MEDIUM", "LARGE", "XLARGE"] = Field(
        default="MEDIUM", description="Size of the CodeBuild machine: 2, 4, 8 or 36 virtual CPUs on x86_64."
    )
    architecture: Architecture = Field(default="arm64", description="Processor of the image, its build and function.")
    timeout_minutes: int = Field(
        default=55, ge=5, le=480, description="Stop a build after this long. A deployment waits 60 minutes for its own."
    )
    flags: Mapping[str, str] = Field(
        default={},
        description="Flags of `leadgen indices` without dashes, such as `text-cols` or `companies-input-path`; the "
        "tables lie below `inputs/customers/` and `inputs/companies/` unless said otherwise.",
    )
    gate: Mapping[str, float] = Field(
        default={},
        description="Limits of the quality gate that differ from its defaults, such as `rows_drop`; the build reads "
        "them as `LEADGEN_GATE_*`.",
    )
    notices_email: str | None = Field(
        default=None, pattern=EMAIL, description="Who hears of failed builds, roll-backs and alarms."
    )
    log_days: LogDays = Field(default=30, description="Days that logs of builds and their functions are kept.")

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        known = TABLE_FLAGS | BUILD_FLAGS | {f"companies-{flag}" for flag in TABLE_FLAGS} | {"companies-similar-by"}
        for flag in self.flags:
            require(flag in known, f"rebuild.flags.{flag} is no flag of `leadgen indices`")
        for limit in self.gate:
            require(limit in GATE_LIMITS, f"rebuild.gate.{limit} is no limit of the quality gate")
        return self
