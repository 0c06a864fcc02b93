"""Commands whose flags are declared when they are asked for, because declaring them imports what few installations have."""

import argparse
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from leadgen.errors import ConfigurationError

_INSTALL = "python -m pip install --no-deps --require-hashes -r build_artifacts/topics/requirements.txt"


class LazyCommand(argparse.ArgumentParser):
    """The parser of one command. `declares` is `module:function`, called with the parser before it parses."""

    declares: str | None = None

    def parse_known_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:
        """Raises ConfigurationError where the command's packages are not installed."""
        if self.declares:
            module, _, function = self.declares.partition(":")
            self.declares = None
            try:
                getattr(import_module(module), function)(self)
            except ModuleNotFoundError as error:
                raise ConfigurationError(f"{error.name} is not installed: run `make topics`, or {_INSTALL}") from error
        return super().parse_known_args(args, namespace)
