"""What the instance runs when it starts: the settings of this deployment, then a script that is the same for all."""

from collections.abc import Mapping
from pathlib import Path

HOME = "/opt/leadgen"
"""Where code, virtual environment and settings lie on the instance; the service's unit names it as well."""
_SCRIPTS = Path(__file__).resolve().parents[2] / "build_artifacts" / "topics" / "instance"


def user_data(environment: Mapping[str, str], home: str = HOME) -> str:
    """`start.sh`, with `failed.sh` beside it, and `environment` in the file that they and the service read.

    Raises ValueError for a value that a shell and systemd would not read alike.
    """
    for name, value in environment.items():
        if "'" in value or "\n" in value:
            raise ValueError(f"{name} holds a quote or a line's end")
    lines = [f"{name}='{value}'" for name, value in {"LEADGEN_HOME": home, **environment}.items()]
    files = {"topics.env": "\n".join(lines), "failed.sh": _script("failed.sh").rstrip()}
    written = [f"cat > {home}/{name} <<'END'\n{text}\nEND" for name, text in files.items()]
    return "\n".join(["#!/bin/bash", f"mkdir -p {home}", *written, f"cd {home}", _script("start.sh")])


def _script(name: str) -> str:
    return (_SCRIPTS / name).read_text("utf-8")
