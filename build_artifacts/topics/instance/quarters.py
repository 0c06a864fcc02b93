"""Which quarter a run is about."""

from datetime import date


def quarter_before(day: date) -> str:
    """The calendar quarter before the one that a day lies in, such as `2026Q3`."""
    quarter = (day.month - 1) // 3
    return f"{day.year}Q{quarter}" if quarter else f"{day.year - 1}Q4"
