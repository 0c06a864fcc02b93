"""What the instance runs when it starts: the settings of this deployment, then a script that is the same for all."""

from collections.abc import Mapping
from pathlib import Path

HOME = "/opt/leadgen"
"""Where code, virtual environment and settings lie on the instance; the service's unit names it as well."""
_SCRIPT = Path(__file__).resolve().parents[2] / "build_artifacts" / "topics" / "instance" / "start.sh"


def user_data(environment: Mapping[str, str], home: str = HOME) -> str:
    """The script, with `environment` in the file that it and the service read.

    Raises ValueError for a value that a shell and systemd would not read alike.
    """
    for name, value in environment.items():
        if "'" in value or "\n" in value:
            raise ValueError(f"{name} holds a quote or a line's end")
    lines = [f"{name}='{value}'" for name, value in {"LEADGEN_HOME": home, **environment}.items()]
    written = ["#!/bin/bash", f"mkdir -p {home}", f"cat > {home}/topics.env <<'END'", *lines, "END", f"cd {home}"]
    return "\n".join([*written, _SCRIPT.read_text("utf-8")])
