"""Descriptions of companies, written from their websites."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from cdk.settings.flags import DESCRIBE_FLAGS
from cdk.settings.section import Section, require

_WEEK_HOURS, _LONGEST_MONTH_HOURS = 7 * 24, 31 * 24


class Descriptions(Section):
    """The run of `leadgen describe`; with the capability `descriptions`."""

    schedule: Literal["weekly", "monthly"] | None = Field(
        default="weekly", description="On Sundays, on the first of each month, or `null` for only by hand."
    )
    hour: int = Field(
        default=21,
        ge=0,
        le=23,
        description="When to run on that day, in `rebuild.time_zone`; some hours before `rebuild.schedule`, so that "
        "the next rebuild takes what was described.",
    )
    flags: Mapping[str, str] = Field(
        default={},
        description="More flags of `leadgen describe` without dashes, such as `user-agent` or `industry-cols`. The "
        "companies' table and its columns are those of `rebuild.flags`.",
    )
    llm_key_secret: str | None = Field(
        default=None,
        pattern=r"^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$",
        description="ARN of the secret in Secrets Manager that holds the language model's key as plain text. Without "
        "one the websites' own sentences are the descriptions.",
    )
    llm_base_url: str = Field(
        default="https://api.openai.com/v1", pattern=r"^https://\S+$", description="OpenAI-compatible endpoint."
    )
    llm_model: str = Field(default="gpt-4o-mini", min_length=1, description="Language model.")
    llm_max_usd: float = Field(default=1, gt=0, description="Most that a run may spend on it, USD.")
    llm_batch: bool = Field(
        default=False,
        description="Ask by the endpoint's Batch API: half the price, and answers within a day.",
    )

    @model_validator(mode="after")
    def _flags_exist(self) -> Self:
        for flag in self.flags:
            known = flag in DESCRIBE_FLAGS
            require(known, f"descriptions.flags.{flag} is no flag of `leadgen describe`, or has its own setting")
        return self

    @property
    def expression(self) -> str:
        """When it starts, as a cron expression; where nothing is scheduled, when it would."""
        day = "1 * ?" if self.schedule == "monthly" else "? * SUN"
        return f"cron(0 {self.hour} {day} *)"

    @property
    def period_hours(self) -> int:
        """Hours from one run to the next, at most."""
        return _LONGEST_MONTH_HOURS if self.schedule == "monthly" else _WEEK_HOURS
