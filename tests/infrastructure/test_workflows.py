"""The GitHub workflows: pinned actions, no more rights than needed, and commands that exist."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = {path.name: path for path in sorted((ROOT / ".github/workflows").glob("*.yml"))}
PIN = re.compile(r"uses: (?P<action>[\w./-]+)@(?P<commit>[0-9a-f]{40}) # v\d+\.\d+\.\d+$")


def workflow(name: str) -> dict:
    return yaml.safe_load(WORKFLOWS[name].read_text("utf-8"))


def triggers(name: str) -> dict:
    """YAML 1.1 reads the key `on` as true."""
    return workflow(name)[True]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_action_of_others_is_pinned_by_its_commit_with_its_version_beside(name: str) -> None:
    lines = [line.strip().removeprefix("- ") for line in WORKFLOWS[name].read_text("utf-8").splitlines()]
    used = [line for line in lines if line.startswith("uses: ") and not line.startswith("uses: ./")]
    assert [line for line in used if not PIN.match(line)] == []


def test_one_action_has_one_commit() -> None:
    pinned: dict[str, set[str]] = {}
    for path in WORKFLOWS.values():
        for match in (PIN.search(line) for line in path.read_text("utf-8").splitlines()):
            if match:
                pinned.setdefault(match["action"], set()).add(match["commit"])
    assert pinned
    assert {action: commits for action, commits in pinned.items() if len(commits) > 1} == {}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_read_the_code_and_only_a_deployment_asks_for_a_token(name: str) -> None:
    assert workflow(name)["permissions"] == {"contents": "read"}
    for job in workflow(name)["jobs"].values():
        if "permissions" in job:
            assert job["permissions"] == {"contents": "read", "id-token": "write"}
            assert job["environment"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_commands_are_targets_of_the_makefile(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    commands = [
        step["run"] for job in workflow(name)["jobs"].values() for step in job.get("steps", ()) if "run" in step
    ]
    for command in commands:
        program, *targets = command.split()
        assert program == "make"
        for target in (target for target in targets if "=" not in target):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_step_keeps_credentials_or_reads_a_secret_or_an_unchecked_expression(name: str) -> None:
    text = WORKFLOWS[name].read_text("utf-8")
    assert "secrets." not in text
    for job in workflow(name)["jobs"].values():
        for step in job.get("steps", ()):
            assert "${{" not in step.get("run", "")
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_changes_are_tested_and_synthesised() -> None:
    assert {"pull_request", "push", "workflow_call"} <= set(triggers("ci.yml"))
    commands = {step.get("run") for job in workflow("ci.yml")["jobs"].values() for step in job["steps"]}
    assert {"make lint", "make test", "make synth"} <= commands


def test_nothing_of_a_fork_runs_with_rights() -> None:
    for name in WORKFLOWS:
        assert not {"pull_request_target", "workflow_run"} & set(triggers(name))


def test_prod_comes_after_dev_and_dev_after_the_tests() -> None:
    assert triggers("cd.yml") == {"push": {"branches": ["main"]}}
    jobs = workflow("cd.yml")["jobs"]
    assert jobs["check"]["uses"] == "./.github/workflows/ci.yml"
    assert (jobs["dev"]["needs"], jobs["prod"]["needs"]) == ("check", "dev")
    assert (jobs["dev"]["environment"], jobs["prod"]["environment"]) == ("dev", "prod")


def test_two_deployments_never_run_at_once_and_none_is_cut_off() -> None:
    assert workflow("cd.yml")["concurrency"] == {"group": "cd", "cancel-in-progress": False}


def test_environments_are_those_of_the_settings() -> None:
    for name in ("dev", "prod"):
        (command,) = [step["run"] for step in workflow("cd.yml")["jobs"][name]["steps"] if "run" in step]
        assert command == f"make deploy ENVIRONMENT={name}"
