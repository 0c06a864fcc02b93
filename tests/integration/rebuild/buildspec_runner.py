"""Runs a buildspec as CodeBuild's agent does, without Docker: one bash for all commands, phases in order, and stubs.

Source of the rules: https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html and
https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details.html#view-build-details-phases.
"""

import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PHASES = ("install", "pre_build", "build", "post_build")


@dataclass(frozen=True)
class PhaseResult:
    """`exit_code` is that of the first command that failed, else 0; `environment` is the shell's at its end."""

    name: str
    exit_code: int
    output: str
    environment: Mapping[str, str]


@dataclass(frozen=True)
class BuildResult:
    """The phases that ran, in order; `exported` holds the values of `exported-variables` at the end."""

    phases: tuple[PhaseResult, ...]
    exported: Mapping[str, str]

    @property
    def succeeded(self) -> bool:
        return all(phase.exit_code == 0 for phase in self.phases)

    @property
    def output(self) -> str:
        return "\n".join(phase.output for phase in self.phases)

    def exit_code(self, phase: str) -> int:
        return next(result.exit_code for result in self.phases if result.name == phase)


def run_buildspec(path: Path, source: Path, environment: Mapping[str, str], stubs: Path) -> BuildResult:
    """Run every phase in `source`; `environment` is the project's and wins over the buildspec's own variables."""
    spec = yaml.safe_load(path.read_text("utf-8"))
    assert spec["version"] == 0.2
    variables = {name: str(value) for name, value in spec.get("env", {}).get("variables", {}).items()}
    given = variables | dict(environment)
    given["PATH"] = os.pathsep.join([str(stubs), given["PATH"]])
    results: list[PhaseResult] = []
    for name in PHASES:
        phase = spec["phases"].get(name)
        if phase is None:
            continue
        succeeding = "1" if all(result.exit_code == 0 for result in results) else "0"
        results.append(_run_phase(name, phase, source, given | {"CODEBUILD_BUILD_SUCCEEDING": succeeding}))
        given |= results[-1].environment
        if results[-1].exit_code and not _goes_on(name, phase):
            break
    exported = spec.get("env", {}).get("exported-variables", ())
    return BuildResult(tuple(results), {name: given[name] for name in exported})


def _goes_on(name: str, phase: Mapping[str, Any]) -> bool:
    """After a failed build phase CodeBuild goes on to post_build, unless the phase says ABORT."""
    return phase.get("on-failure", "CONTINUE" if name == "build" else "ABORT") == "CONTINUE"


def _run_phase(name: str, phase: Mapping[str, Any], source: Path, environment: Mapping[str, str]) -> PhaseResult:
    failed, output, after = _run(phase.get("commands", ()), source, environment)
    if phase.get("finally"):
        last, more, after = _run(phase["finally"], source, after)
        failed, output = failed or last, output + more
    return PhaseResult(name, failed, output, after)


def _run(commands: Any, source: Path, environment: Mapping[str, str]) -> tuple[int, str, dict[str, str]]:
    """One shell for all commands, as of version 0.2; the first that fails ends them. What it exports outlives it."""
    after = source / ".environment"
    script = f"trap 'env --null > {shlex.quote(str(after))}' EXIT\n"
    script += "".join(f"{command}\n_ended=$?; if [ $_ended -ne 0 ]; then exit $_ended; fi\n" for command in commands)
    done = subprocess.run(
        ["bash", "-c", script], cwd=source, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=900,
    )  # fmt: skip
    left = dict(entry.split("=", 1) for entry in after.read_text("utf-8").split("\0") if "=" in entry)
    return done.returncode, done.stdout, left
