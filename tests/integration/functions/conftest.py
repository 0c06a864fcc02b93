"""moto's server over HTTP, with CodeBuild and CloudFormation where moto forgets what they keep."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import moto.core.config
import pytest
import slow_stacks
from answers import Answers, answers_at
from deployed_account import BUCKET, NAME, PREFIX, PROJECT, REGION, Account
from moto.codebuild.models import CodeBuildBackend
from moto.codebuild.responses import CodeBuildResponse
from moto.core.responses import ActionResult
from moto.server import ThreadedMotoServer
from turns import Turns

_moto_start_build = CodeBuildResponse.start_build


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def what_moto_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    slow_stacks.patch(monkeypatch)
    monkeypatch.setattr(CodeBuildResponse, "start_build", _start_build)
    monkeypatch.setattr(CodeBuildBackend, "batch_get_builds", _builds)
    # Docker would be needed otherwise, even where no function is invoked.
    monkeypatch.setitem(moto.core.config.default_user_config, "lambda", {"use_docker": False})


@pytest.fixture(autouse=True)
def environment(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("LEADGEN_", "AWS_"))]:
        monkeypatch.delenv(name)
    settings = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "LEADGEN_PARAMETER_PREFIX": PREFIX,
        "LEADGEN_DATA_BUCKET": BUCKET,
        "LEADGEN_PROJECT": PROJECT,
        "LEADGEN_STACK": slow_stacks.NAME,
        "LEADGEN_REPOSITORY": NAME,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def account(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Account:
    httpx.post(f"{endpoint}/moto-api/reset").raise_for_status()
    account = Account()
    monkeypatch.setenv("LEADGEN_NOTICE_TOPIC", account.topic)
    return account


@pytest.fixture
def stack(account: Account) -> slow_stacks.ApiStack:
    return slow_stacks.ApiStack()


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    with answers_at(tmp_path) as (answers, authority):
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        yield answers


@pytest.fixture
def turns(account: Account, monkeypatch: pytest.MonkeyPatch) -> Turns:
    turns = Turns()
    monkeypatch.setenv("LEADGEN_TURNS", turns.url)
    return turns


def _start_build(response: Any) -> ActionResult:
    """Keeps the build's environment, and starts one build for equal tokens."""
    history = response.codebuild_backend.build_metadata_history
    token = response._get_param("idempotencyToken")
    for build in history[response._get_param("projectName")]:
        if token and build.get("token") == token:
            return ActionResult({"build": build})
    started = _moto_start_build(response)
    build = history[response._get_param("projectName")][-1]
    build["environment"]["environmentVariables"] = response._get_param("environmentVariablesOverride") or []
    build["token"] = token
    return started


def _builds(backend: Any, ids: list[str]) -> list[dict[str, Any]]:
    """As they are; moto's own all succeed."""
    return [build for builds in backend.build_metadata_history.values() for build in builds if build["id"] in ids]


@pytest.fixture
def build(account: Account) -> dict[str, Any]:
    """A scheduled build in progress."""
    boto3.client("codebuild").start_build(projectName=PROJECT)
    return account.builds()[-1]
