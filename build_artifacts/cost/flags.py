"""The flags of `leadgen cost`, one for every field of the options."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, get_args, get_type_hints

from leadgen.errors import ConfigurationError

from build_artifacts.cost.options import Deployment, Use
from build_artifacts.cost.report import as_json, comparison, detail

_SIDE_BY_SIDE = (1e4, 1e6, 1e8)


def add_cost_flags(parser: argparse.ArgumentParser) -> None:
    """With --requests every line of one bill, without it three volumes side by side."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    for group, options in (
        (parser.add_argument_group("use"), Use),
        (parser.add_argument_group("settings"), Deployment),
    ):
        hints = get_type_hints(options)
        for field in fields(options):
            text = f"{field.metadata['help']} ({field.default})".replace("%", "%%")
            group.add_argument(f"--{field.name.replace('_', '-')}", default=None, help=text, **_kind(hints[field.name]))


def _kind(hint: Any) -> dict[str, Any]:
    if hint is bool:
        return {"action": argparse.BooleanOptionalAction}
    return {"choices": get_args(hint)} if get_args(hint) else {"type": hint}


def cost_report(options: argparse.Namespace) -> str:
    """What `leadgen cost` prints; raises ConfigurationError for a quantity below zero."""
    given = {name: value for name, value in vars(options).items() if value is not None}
    deployment = Deployment(**_named(given, Deployment))
    use = Use(**_named(given, Use))
    if options.requests is None:
        uses = [replace(use, requests=requests) for requests in _SIDE_BY_SIDE]
        if options.json:
            return json.dumps([as_json(deployment, each) for each in uses], indent=1)
        return comparison(deployment, uses)
    return json.dumps(as_json(deployment, use), indent=1) if options.json else detail(deployment, use)


def _named(given: Mapping[str, Any], options: type[Deployment] | type[Use]) -> dict[str, Any]:
    values = {field.name: given[field.name] for field in fields(options) if field.name in given}
    for name, value in values.items():
        if isinstance(value, int | float) and value < 0:
            raise ConfigurationError(f"--{name.replace('_', '-')} is {value}; 0 or more is wanted")
        if name.endswith("per_second") and not value:
            raise ConfigurationError(f"--{name.replace('_', '-')} is 0; give the speed that you measured")
    return values
