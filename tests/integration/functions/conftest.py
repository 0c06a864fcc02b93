"""moto's server over HTTP, with CodeBuild and CloudFormation where moto forgets what they keep."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import moto.core.config
import pytest
from answers import Answers, answers_at
from aws import builds, slow_stacks
from aws.turns import Turns
from deployed_account import BUCKET, NAME, OLD, PREFIX, REGION, Account
from rollouts import run


@pytest.fixture(autouse=True)
def what_moto_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    slow_stacks.patch(monkeypatch)
    builds.patch(monkeypatch)
    # Docker would be needed otherwise, even where no function is invoked.
    monkeypatch.setitem(moto.core.config.default_user_config, "lambda", {"use_docker": False})


@pytest.fixture(autouse=True)
def environment(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("LEADGEN_", "AWS_"))]:
        monkeypatch.delenv(name)
    settings = {
        "AWS_ENDPOINT_URL": moto_endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "LEADGEN_PARAMETER_PREFIX": PREFIX,
        "LEADGEN_DATA_BUCKET": BUCKET,
        "LEADGEN_PROJECT": builds.PROJECT,
        "LEADGEN_STACK": slow_stacks.NAME,
        "LEADGEN_REPOSITORY": NAME,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def account(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """All of moto's servers in a process share what they hold, so nothing is left of it."""
    account = Account()
    monkeypatch.setenv("LEADGEN_NOTICE_TOPIC", account.topic)
    yield account
    httpx.post(f"{moto_endpoint}/moto-api/reset").raise_for_status()


@pytest.fixture
def stack(account: Account) -> slow_stacks.ApiStack:
    return slow_stacks.ApiStack()


@pytest.fixture
def deployed(account: Account, stack: slow_stacks.ApiStack) -> slow_stacks.ApiStack:
    """The first image is in service."""
    account.put_in_service(OLD)
    account.write("release", OLD | {"build": "rebuild:0"})
    stack.create()
    run()
    return stack


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


@pytest.fixture
def build(account: Account) -> dict[str, Any]:
    """A scheduled build in progress."""
    boto3.client("codebuild").start_build(projectName=builds.PROJECT)
    return builds.builds()[-1]
