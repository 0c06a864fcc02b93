"""Settings out of the context of `cdk.json`."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from cdk.settings.deployment import Settings


class SettingsError(ValueError):
    """The settings in `cdk.json` cannot be used; the message is one line that names each setting at fault."""


def read_settings(context: Mapping[str, Any], environment: str) -> Settings:
    """The settings of one of the context's `environments`. Raises SettingsError naming what cannot be used."""
    environments = context.get("environments")
    if not isinstance(environments, Mapping) or environment not in environments:
        known = ", ".join(sorted(environments)) if isinstance(environments, Mapping) else "none"
        raise SettingsError(f"environment {environment!r} is not among `environments` of cdk.json (there: {known})")
    try:
        return Settings.model_validate({**environments[environment], "environment": environment})
    except ValidationError as error:
        problems = "; ".join(_problems(error))
        raise SettingsError(f"environments.{environment} of cdk.json cannot be used: {problems}") from error


def _problems(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in problem["loc"])
        message = problem["msg"].removeprefix("Value error, ")
        yield message if problem["type"] == "value_error" else f"{name}: {message}"
