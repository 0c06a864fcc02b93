"""What the gate found, for people and for the notice."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Verdict = Literal["accepted", "refused", "skipped"]


class Check(BaseModel):
    """One measured value against its limit, with a sentence on what it means. No row of a table is in it."""

    model_config = ConfigDict(frozen=True)

    name: str
    verdict: Verdict
    value: float | None = None
    limit: float | None = None
    message: str

    @classmethod
    def at_least(cls, name: str, value: float, limit: float, message: str) -> "Check":
        """Fails below the limit."""
        return cls._judged(name, value, limit, message, passed=value >= limit)

    @classmethod
    def at_most(cls, name: str, value: float, limit: float, message: str) -> "Check":
        """Fails above the limit."""
        return cls._judged(name, value, limit, message, passed=value <= limit)

    @classmethod
    def _judged(cls, name: str, value: float, limit: float, message: str, *, passed: bool) -> "Check":
        verdict: Verdict = "accepted" if passed else "refused"
        # Adding zero takes the sign off a rounded -0.0.
        shown, bound = round(value, 4) + 0.0, round(limit, 4) + 0.0
        return cls(name=name, verdict=verdict, value=shown, limit=bound, message=message)

    @classmethod
    def skipped(cls, name: str, message: str) -> "Check":
        """Could not be measured, for a reason that is no fault."""
        return cls(name=name, verdict="skipped", message=message)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class GateReport(BaseModel):
    """`gate.json`. `build` is the run that wrote it, `snapshot` stands for the content of its tables."""

    model_config = ConfigDict(frozen=True)

    verdict: Literal["accepted", "refused"]
    build: str
    bundle: str | None = None
    in_service: str | None = None
    snapshot: str | None = None
    accepted_by_hand: bool = False
    reused: bool = False
    checks: tuple[Check, ...] = ()
    created_at: str = Field(default_factory=_now)

    @property
    def refused(self) -> list[Check]:
        """The checks that speak against the bundle."""
        return [check for check in self.checks if check.verdict == "refused"]

    def table(self) -> str:
        """One line a check, then the verdict."""
        rows = [(c.verdict, c.name, _number(c.value), _number(c.limit), c.message) for c in self.checks]
        widths = [max((len(row[i]) for row in rows), default=0) for i in range(4)]
        return "\n".join([*(_line(row, widths) for row in rows), self._summary()])

    def _summary(self) -> str:
        against = f"against {self.in_service}" if self.in_service else "with nothing to compare with"
        how = " by hand" if self.accepted_by_hand else ""
        return f"bundle {self.bundle} {self.verdict}{how} {against}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    verdict, name, value, limit, message = row
    cells = (verdict.ljust(widths[0]), name.ljust(widths[1]), value.rjust(widths[2]), limit.rjust(widths[3]), message)
    return "  ".join(cells)
