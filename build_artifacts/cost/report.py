"""The bill as a table or as JSON."""

from collections.abc import Sequence
from typing import Any

from build_artifacts.cost import prices
from build_artifacts.cost.line import Line
from build_artifacts.cost.model import lines
from build_artifacts.cost.options import Deployment, Use

_CAUSES = ("at rest", "rebuilds", "runs", "requests")
_HEAD = (
    f"USD a month; list prices of {prices.REGION} as of {prices.SEEN}, first tiers, free tiers not taken off: "
    "check them before relying on it."
)


def detail(deployment: Deployment, use: Use) -> str:
    """Every line with its arithmetic."""
    bill = lines(deployment, use)
    rows = [(line.component, line.item, line.arithmetic, _usd(line.usd)) for line in bill]
    rows += [(name, "", "", amount) for name, amount in _sums(bill)]
    return f"{_HEAD}\n\n{_table(('component', 'item', 'quantity × price', 'USD'), rows)}"


def comparison(deployment: Deployment, uses: Sequence[Use]) -> str:
    """One column a use, one row a component."""
    bills = [lines(deployment, use) for use in uses]
    components = list(dict.fromkeys(line.component for bill in bills for line in bill))
    amounts = [(name, *(_usd(_of(bill, name)) for bill in bills)) for name in components]
    rows = [row for row in amounts if set(row[1:]) != {_usd(0)}]
    sums = [dict(_sums(bill)) for bill in bills]
    rows += [(name, *(column[name] for column in sums)) for name in sums[0]]
    head = ("requests a month", *(f"{use.requests:,.0f}" for use in uses))
    return f"{_HEAD}\nEach line: leadgen cost --requests {uses[0].requests:.0f}\n\n{_table(head, rows)}"


def as_json(deployment: Deployment, use: Use) -> dict[str, Any]:
    """Lines and sums of one use."""
    bill = lines(deployment, use)
    return {
        "region": prices.REGION,
        "prices_of": prices.SEEN,
        "requests": use.requests,
        "lines": [line.as_json() for line in bill],
        "usd": {cause: round(_by_cause(bill, cause), 4) for cause in _CAUSES},
        "total_usd": round(sum(line.usd for line in bill), 4),
        "free_tier_usd": round(sum(line.free_usd for line in bill), 4),
    }


def _sums(bill: Sequence[Line]) -> list[tuple[str, str]]:
    sums = [(cause, _usd(_by_cause(bill, cause))) for cause in _CAUSES]
    free = sum(line.free_usd for line in bill)
    return [
        *sums,
        ("total", _usd(sum(line.usd for line in bill))),
        ("(always-free tier, once an account)", _usd(-free)),
    ]


def _of(bill: Sequence[Line], component: str) -> float:
    return sum(line.usd for line in bill if line.component == component)


def _by_cause(bill: Sequence[Line], cause: str) -> float:
    return sum(line.usd for line in bill if line.cause == cause)


def _usd(amount: float) -> str:
    return f"{amount:,.2f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if _is_number(cell) else cell.ljust(width)
            for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in [head, *rows]
    )


def _is_number(cell: str) -> bool:
    return cell == "USD" or cell.replace(",", "").replace(".", "").removeprefix("-").isdigit()
