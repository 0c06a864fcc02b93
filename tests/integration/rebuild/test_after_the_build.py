"""From the end of a real build to what people read and what is in service, by the functions that follow it."""

from collections.abc import Callable, Iterator

import boto3
import pytest
from account import BUCKET, NAME, Account
from aws import builds, slow_stacks
from aws.notices import Notices
from aws.slow_stacks import ApiStack
from aws.turns import Turns
from codebuild import Build
from nights import Tables, half, with_flipped_labels

from functions.build_finished import handler as build_finished
from functions.rollout import handler as rollout

BuildWith = Callable[..., Build]
Upload = Callable[[Tables], None]


@pytest.fixture(scope="module")
def deployment(account: Account) -> Iterator[None]:
    """The environment of the functions; what moto forgets, it remembers."""
    with pytest.MonkeyPatch.context() as patch:
        slow_stacks.patch(patch)
        builds.patch(patch)
        for name, value in account.environment.items():
            patch.setenv(name, value)
        for name, value in {"STACK": slow_stacks.NAME, "REPOSITORY": NAME, "DATA_BUCKET": BUCKET}.items():
            patch.setenv(f"LEADGEN_{name}", value)
        # Clients of another test's server.
        for function in (build_finished, rollout):
            function._ssm.cache_clear()
        builds.create_project()
        yield
        for function in (build_finished, rollout):
            function._ssm.cache_clear()


@pytest.fixture(scope="module")
def notices(deployment: None) -> Iterator[Notices]:
    notices = Notices()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADGEN_NOTICE_TOPIC", notices.topic)
        yield notices


@pytest.fixture(scope="module")
def turns(deployment: None) -> Iterator[Turns]:
    turns = Turns()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADGEN_TURNS", turns.url)
        yield turns


@pytest.fixture(scope="module")
def stack(deployment: None, first: Build, notices: Notices) -> Iterator[ApiStack]:
    """The API's stack with the first build's image."""
    stack = ApiStack()
    stack.create()
    rollout.handler({}, None)
    yield stack
    stack.delete()


def end(built: Build) -> None:
    """CodeBuild tells that a build has ended."""
    boto3.client("codebuild").start_build(projectName=builds.PROJECT)
    build = builds.builds()[-1]
    build |= {"id": built.id, "arn": f"arn:aws:codebuild:eu-west-1:123456789012:build/{built.id}"}
    build_finished.handler(builds.ended(build, "SUCCEEDED" if built.result.succeeded else "FAILED"), None)


@pytest.mark.soak
def test_people_read_why_half_the_rows_under_flipped_labels_are_not_served(
    account: Account, stack: ApiStack, notices: Notices, turns: Turns, build: BuildWith, upload: Upload, tables: Tables
) -> None:
    before = account.production()
    upload(Tables(half(with_flipped_labels(tables.customers)), tables.companies))
    end(build())
    ((subject, text),) = notices.received()
    assert subject == "leadgen-dev: rebuild failed"
    assert "what is in service stays" in text
    assert "- customers.rows_drop: " in text
    assert "- customers.label_agreement: " in text
    assert "companies.rows_drop" not in text
    assert turns.events() == []
    assert account.production() == before


def test_an_accepted_night_is_in_service_once_its_turn_has_come(
    account: Account, stack: ApiStack, notices: Notices, turns: Turns, build: BuildWith, upload: Upload,
    tomorrow: Tables,
) -> None:  # fmt: skip
    before = stack.digest
    upload(tomorrow)
    end(build())
    (turn,) = turns.events()
    rollout.handler(turn, None)
    assert (stack.status, stack.digest) == ("UPDATE_IN_PROGRESS", account.release["digest"])
    assert stack.digest != before
    stack.complete()
    rollout.handler({}, None)
    for name in ("digest", "bundle"):
        assert account.parameter(f"in-service/{name}") == account.release[name]
    ((subject, _),) = notices.received()
    assert subject == f"leadgen-dev: bundle {account.release['bundle']} in service"
