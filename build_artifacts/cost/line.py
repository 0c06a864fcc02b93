"""One line of a bill: a quantity times a price."""

from dataclasses import dataclass
from typing import Any, Literal

from build_artifacts.cost.prices import Price

Cause = Literal["at rest", "rebuilds", "runs", "requests"]


@dataclass(frozen=True, slots=True)
class Line:
    """`quantity` in the price's unit; `cause` is what it goes away with: nothing, the rebuilds, the quarterly
    runs or the requests."""

    component: str
    item: str
    quantity: float
    price: Price
    cause: Cause = "at rest"

    @property
    def usd(self) -> float:
        """US dollars a month."""
        return self.quantity / self.price.per * self.price.usd

    @property
    def free_usd(self) -> float:
        """What the always-free tier would take off, were it not used up by another deployment of the account."""
        return min(self.quantity, self.price.free) / self.price.per * self.price.usd

    @property
    def arithmetic(self) -> str:
        """Such as `30 minutes × 0.007`."""
        per = "" if self.price.per == 1 else f" / {_plain(self.price.per)}"
        return f"{_plain(self.quantity)} {self.price.unit} × {self.price.usd:.10f}".rstrip("0").rstrip(".") + per

    def as_json(self) -> dict[str, Any]:
        """For `leadgen cost --json`."""
        return {
            "component": self.component,
            "item": self.item,
            "cause": self.cause,
            "quantity": self.quantity,
            "unit": self.price.unit,
            "unit_usd": self.price.usd,
            "per": self.price.per,
            "usd": round(self.usd, 6),
            "free_tier_usd": round(self.free_usd, 6),
            "page": f"https://aws.amazon.com/{self.price.page}",
            "confirmed": self.price.confirmed,
        }


def _plain(number: float) -> str:
    if number >= 100 or number == int(number):
        return f"{number:,.0f}"
    return f"{number:.4g}"
