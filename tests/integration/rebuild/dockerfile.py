"""Carries out a Dockerfile's stages in a folder, without Docker: copies out of the context, and what RUN runs.

Only the steps that concern Python are carried out; the absolute places of the image lie below the folder.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

_PLACES = re.compile(r"(?<![\w./-])/(opt/venv|srv|tmp)\b")
_CONTINUED = re.compile(r"\\\n\s*")


@dataclass(frozen=True)
class Stage:
    """One `FROM`, its instructions in order."""

    name: str
    base: str
    steps: tuple[tuple[str, str], ...]


@dataclass
class Image:
    """An image's files below `root`, and the environment that its instructions set."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def python(self) -> Path:
        return self.root / "opt/venv/bin/python"

    def process_environment(self) -> dict[str, str]:
        """What a process in the image sees: its ENV, and nothing of this one's settings."""
        path = os.environ["PATH"]
        return {"PATH": path} | {
            name: self.inside(value).replace("$PATH", path) for name, value in self.environment.items()
        }

    def inside(self, text: str) -> str:
        """`text` with the image's absolute places where they lie here."""
        return _PLACES.sub(lambda place: f"{self.root}{place[0]}", text)


def read_stages(dockerfile: str) -> dict[str, Stage]:
    """The stages by name, in order."""
    lines = [line for line in _CONTINUED.sub(" ", dockerfile).splitlines() if line and not line.startswith("#")]
    stages: dict[str, Stage] = {}
    for line in lines:
        instruction, _, rest = line.partition(" ")
        if instruction == "FROM":
            base, _, name = rest.replace("${TOPICS}", "false").partition(" AS ")
            stages[name] = Stage(name, base, ())
        elif stages:
            last = next(reversed(stages.values()))
            stages[last.name] = Stage(last.name, last.base, (*last.steps, (instruction, rest.strip())))
    return stages


def build(context: Path, target: str, root: Path) -> Image:
    """Carry out a stage and those it is made of; asserts that each source is in the context."""
    stages = read_stages((context / "Dockerfile").read_text("utf-8"))
    image, arguments = Image(root), {"BUNDLE": "artifacts"}
    for name in _needed(stages, target):
        for instruction, rest in stages[name].steps:
            if instruction == "COPY" and not rest.startswith("--from"):
                _copy(context, rest, image, arguments)
            elif instruction == "RUN" and "/opt/venv" in rest:
                _run(rest, image)
            elif instruction == "ENV":
                image.environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))
    return image


def _needed(stages: dict[str, Stage], target: str) -> list[str]:
    """A stage, after its base and the stages that it copies from."""
    stage = stages[target]
    copied = [m[1] for _, rest in stage.steps if (m := re.match(r"--from=(\w+)", rest))]
    before = [name for base in (*copied, stage.base) if base in stages for name in _needed(stages, base)]
    return list(dict.fromkeys([*before, target]))


def _copy(context: Path, rest: str, image: Image, arguments: dict[str, str]) -> None:
    source, target = (re.sub(r"\$\{(\w+)\}", lambda m: arguments[m[1]], word) for word in rest.split())
    origin, place = context / source, Path(image.inside(target))
    assert origin.exists(), f"COPY {source}: it is not in the context"
    place.parent.mkdir(parents=True, exist_ok=True)
    if origin.is_dir():
        shutil.copytree(origin, place, dirs_exist_ok=True)
    else:
        shutil.copy2(origin, place)


def _run(command: str, image: Image) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEADGEN_", "AWS_", "PYTHON"))}
    environment = kept | {"PYTHONPATH": image.inside("/srv")}
    command = re.sub(r"^python ", f"{Path(sys.base_prefix) / 'bin/python3'} ", image.inside(command))
    done = subprocess.run(
        ["bash", "-c", command], env=environment, cwd=image.root, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, f"RUN {command}\n{done.stdout}\n{done.stderr}"
