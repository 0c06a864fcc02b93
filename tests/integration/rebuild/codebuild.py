"""Builds of the Rebuild project: the staged source, the project's environment, one fresh disk a build."""

import ast
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from account import Account
from buildspec_runner import BuildResult, run_buildspec
from stubs import write_stubs

ROOT = Path(__file__).resolve().parents[3]
_STAGED = re.compile(r"^STAGED = (\(.*?^\))", re.MULTILINE | re.DOTALL)
_NUMBERS = count(1)


@dataclass(frozen=True)
class Build:
    """One build and the disk that it left."""

    source: Path
    id: str
    result: BuildResult

    @property
    def context(self) -> Path:
        return self.source / "build/image"

    @property
    def calls(self) -> Path:
        return self.source / "calls"

    @property
    def report(self) -> str:
        return f"reports/{self.id.partition(':')[2]}"


def run_build(account: Account, disk: Path, buildspec: str = "buildspec.yml", **settings: str) -> Build:
    """Start a build with these variables on top of the project's, and wait for it."""
    number = next(_NUMBERS)
    source, identifier = disk / f"build-{number}", f"leadgen-dev-rebuild:run-{number:04}"
    stage_source(source)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEADGEN_", "AWS_", "PYTHON"))}
    environment = kept | account.environment | {
        "CODEBUILD_BUILD_ID": identifier,
        "CODEBUILD_BUILD_NUMBER": str(number),
        "STUB_CALLS": str(source / "calls"),
        "TMPDIR": str(_empty(source / "tmp")),
    }  # fmt: skip
    path = source / "build_artifacts" / buildspec
    result = run_buildspec(path, source, environment | settings, write_stubs(source / "stubs"))
    return Build(source, identifier, result)


def stage_source(folder: Path) -> None:
    """Copy what the asset of the source holds, and nothing else of the repository."""
    found = _STAGED.search((ROOT / "cdk/rebuilding/source.py").read_text("utf-8"))
    assert found
    for name in ast.literal_eval(found[1]):
        origin, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            shutil.copytree(origin, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(origin, target)


def _empty(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def embedded(result: BuildResult) -> Iterator[int]:
    """How many texts each build of a bundle embedded, out of its log."""
    for line in result.output.splitlines():
        if line.startswith('{"step": "embeddings"'):
            yield int(line.rpartition(":")[2].strip(" }"))
