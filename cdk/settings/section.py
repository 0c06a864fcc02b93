"""What every group of settings is made of."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

LogDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]
"""Ages that CloudWatch can keep logs for."""
CRON = r"^(cron|rate)\(.+\)$"
EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


class Section(BaseModel):
    """A group of settings: frozen, and a name that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def require(condition: bool, message: str) -> None:  # noqa: FBT001
    """Raises ValueError with `message`, which names the setting, unless the condition holds."""
    if not condition:
        raise ValueError(message)
