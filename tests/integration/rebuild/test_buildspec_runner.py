"""The runner keeps CodeBuild's rules, so that what passes here passes there."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from buildspec_runner import BuildResult, run_buildspec


@pytest.fixture
def run(tmp_path: Path) -> Any:
    def run(phases: dict[str, Any], **environment: str) -> BuildResult:
        own = {"variables": {"OWN": "buildspec"}, "exported-variables": ["OWN"]}
        spec = {"version": 0.2, "env": own, "phases": phases}
        (tmp_path / "buildspec.yml").write_text(yaml.safe_dump(spec))
        given = {"PATH": os.environ["PATH"], **environment}
        return run_buildspec(tmp_path / "buildspec.yml", tmp_path, given, tmp_path / "stubs")

    return run


def names(result: BuildResult) -> list[str]:
    return [phase.name for phase in result.phases]


def test_phases_run_in_order_and_commands_in_one_shell(run: Any) -> None:
    result = run({"build": {"commands": ["x=1", "echo $x"]}, "install": {"commands": ["echo first"]}})
    assert result.succeeded
    assert result.output.split() == ["first", "1"]


def test_a_failing_command_ends_its_phase(run: Any) -> None:
    result = run({"install": {"commands": ["echo one", "(exit 3)", "echo two"]}, "build": {"commands": ["echo three"]}})
    assert (names(result), result.exit_code("install"), result.output.split()) == (["install"], 3, ["one"])


def test_a_pipe_fails_with_its_first_part_where_the_shell_is_told_so(run: Any) -> None:
    assert run({"build": {"commands": ["false | cat"]}}).succeeded
    assert not run({"build": {"commands": ["set -euo pipefail", "false | cat"]}}).succeeded


def test_after_a_failed_build_post_build_runs_unless_it_is_aborted(run: Any) -> None:
    after = {"post_build": {"commands": ["echo $CODEBUILD_BUILD_SUCCEEDING"]}}
    went_on = run({"build": {"commands": ["false"]}, **after})
    assert (names(went_on), went_on.output.split(), went_on.succeeded) == (["build", "post_build"], ["0"], False)
    assert names(run({"build": {"on-failure": "ABORT", "commands": ["false"]}, **after})) == ["build"]


def test_finally_runs_in_any_case(run: Any) -> None:
    result = run({"build": {"commands": ["exit 4"], "finally": ["echo tidy"]}})
    assert (result.exit_code("build"), result.output.split()) == (4, ["tidy"])


def test_the_project_wins_over_the_buildspecs_own_variables(run: Any) -> None:
    phases = {"build": {"commands": ["echo $OWN"]}}
    assert run(phases).output.split() == ["buildspec"]
    assert run(phases, OWN="project").output.split() == ["project"]


def test_what_a_phase_exports_the_next_one_and_the_build_tell(run: Any) -> None:
    result = run({"install": {"commands": ["export OWN=install"]}, "build": {"commands": ["echo $OWN"]}})
    assert (result.output.split(), result.exported) == (["install"], {"OWN": "install"})
    assert run({"build": {"commands": ["OWN=x false"]}}).exported == {"OWN": "buildspec"}
