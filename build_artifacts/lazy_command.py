"""Commands that are imported when they are asked for, because few installations have all their packages."""

import argparse
from importlib import import_module
from typing import Any

from leadgen.errors import ConfigurationError

_INSTALL = "python -m pip install --no-deps --require-hashes -r build_artifacts/{}/requirements.txt"


class LazyCommand(argparse.ArgumentParser):
    """The parser of one command. `declares` is `module:function`, called with the parser before it parses."""

    declares: str | None = None

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Raises ConfigurationError where the command's packages are not installed."""
        if self.declares:
            module, _, function = self.declares.partition(":")
            self.declares = None
            try:
                getattr(import_module(module), function)(self)
            except ModuleNotFoundError as error:
                raise ConfigurationError(
                    f"{error.name} is not installed: run {_INSTALL.format(_requirements(module))}"
                ) from error
        return super().parse_known_args(args, namespace)


def _requirements(module: str) -> str:
    return "descriptions" if ".descriptions." in module else "topics"
