"""The quarterly run of topics and themes."""

import re
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from cdk.settings.flags import TOPICS_FLAGS
from cdk.settings.section import CRON, Section, require


class Topics(Section):
    """The quarterly run on a GPU, and the function that answers about its themes; with the capability `topics`."""

    schedule: str | None = Field(
        default="cron(0 7 5 1,4,7,10 ? *)",
        pattern=CRON,
        description="When to run, in `rebuild.time_zone`; `null` for only by hand. Some hours before "
        "`data.database.stop_schedule`, where the database is stopped between runs.",
    )
    quarter: str | None = Field(
        default=None,
        pattern=r"^\d{4}Q[1-4]$",
        description="The quarter to run, such as `2026Q3`; without one the calendar quarter before the day of the run.",
    )
    input_prefix: str = Field(
        default="inputs/transcripts/",
        pattern=r"^inputs/([\w.-]+/)+$",
        description="Where the transcripts lie in the bucket.",
    )
    text_model: str = Field(
        default="intfloat/e5-base-v2",
        min_length=1,
        description="A model of the Hugging Face hub, or a checkpoint's folder below `inputs/` of the deployment's "
        "bucket as `s3://…`.",
    )
    flags: Mapping[str, str] = Field(
        default={},
        description="More flags of `leadgen topics` without dashes, such as `text-col` or `clusterer`. "
        "`participants-path` is `s3://…`, in the deployment's bucket `inputs/participants/` for instance, and not "
        "below `input_prefix`, where it would be taken for transcripts.",
    )
    llm_key_secret: str | None = Field(
        default=None,
        pattern=r"^[\w/+=.@-]+$",
        description="Name of the secret in Secrets Manager that holds the language model's key as plain text. Without "
        "one the transcripts' own sentences are the summaries.",
    )
    llm_base_url: str = Field(
        default="https://api.x.ai/v1", pattern=r"^https://\S+$", description="OpenAI-compatible endpoint."
    )
    llm_model: str = Field(default="grok-4-1-fast-non-reasoning", min_length=1, description="Language model.")
    llm_max_usd: float = Field(default=5, gt=0, description="Most that a run may spend on it, USD.")
    instance_types: tuple[str, ...] = Field(
        default=("g4dn.2xlarge", "g4dn.4xlarge", "g4dn.xlarge"),
        min_length=1,
        description="Sizes with an NVIDIA GPU to choose from, such as `g4dn.2xlarge` or `g5.xlarge`, in both zones; "
        "the more there are, the rarer are interruptions.",
    )
    purchase: Literal["spot", "on_demand"] = Field(
        default="spot", description="Spot, interruptible at about a third of the price, or on demand."
    )
    max_hours: int = Field(
        default=6, ge=1, le=22, description="Hours after which a run is stopped, whatever it is doing."
    )
    disk_gb: int = Field(default=100, ge=75, le=1000, description="The instance's disk; the machine image has 75 GB.")
    memory_mb: int = Field(default=2048, ge=1024, le=10240, description="Memory of the function that answers.")
    rate: float = Field(
        default=10,
        gt=0,
        description="Requests a second to each route of topics and themes before an HTTP API answers 429.",
    )
    burst: int = Field(
        default=5, ge=1, description="Requests at once to each of these routes before an HTTP API answers 429."
    )
    reserved_concurrency: int | None = Field(
        default=None,
        ge=1,
        description="Most copies of that function at once, each of which holds a connection: the smallest database "
        "takes about 80. None by default, as with `api.reserved_concurrency`, which does not count here.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for kind in self.instance_types:
            known = re.fullmatch(r"g(4dn|5|6)\.\d*xlarge", kind)
            require(known is not None, f"topics.instance_types: {kind!r} is no size of g4dn, g5 or g6")
        for flag, value in self.flags.items():
            require(flag in TOPICS_FLAGS, f"topics.flags.{flag} is no flag of `leadgen topics`, or has its own setting")
            require("'" not in value and "\n" not in value, f"topics.flags.{flag} holds a quote or a line's end")
        participants = self.flags.get("participants-path", "s3://bucket/people.csv")
        place = re.fullmatch(r"s3://[^/*?]+/([^*?]+)", participants)
        require(place is not None, "topics.flags.participants-path is no place in S3 such as s3://bucket/people.csv")
        beside = place is None or not f"{place[1]}/".startswith(self.input_prefix)
        require(beside, "topics.flags.participants-path lies below topics.input_prefix, among the transcripts")
        return self
