"""Dashboard, alarms and budget."""

from pydantic import Field

from cdk.settings.section import EMAIL, Section


class Monitoring(Section):
    """Dashboard, alarms and budget."""

    enabled: bool = Field(default=True, description="Dashboard and alarms.")
    error_percent: float = Field(
        default=1, gt=0, le=100, description="Share of requests answered 5xx that sets off the alarm."
    )
    p99_milliseconds: int = Field(default=2000, ge=50, description="Latency p99 that sets off the alarm.")
    bundle_hours: int = Field(default=50, ge=1, description="Age of the bundle in service that sets off the alarm.")
    alarm_email: str | None = Field(
        default=None, pattern=EMAIL, description="Who hears of alarms and of the budget, besides the notices' reader."
    )
    budget_usd: float | None = Field(default=20, gt=0, description="Monthly budget of this deployment's tag.")
