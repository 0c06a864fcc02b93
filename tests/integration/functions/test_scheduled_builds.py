"""The end of a scheduled build: a rollout begins, or people read why not."""

import json
from typing import Any

import pytest
from aws.builds import ended
from aws.slow_stacks import ApiStack
from aws.turns import Turns
from deployed_account import BUCKET, NEW, OLD, Account

from functions.build_finished import handler as build_finished
from functions.rollout import handler as rollout

CHECKS = [
    {"name": "rows", "verdict": "refused", "value": 5000, "limit": 9000, "message": "customers halved"},
    {"name": "golden", "verdict": "refused", "value": None, "limit": None, "message": "a query found nothing"},
    {"name": "auc", "verdict": "accepted", "value": 0.87, "limit": 0.84, "message": "AUC as before"},
]


def report(account: Account, build: str) -> None:
    content = {"verdict": "refused", "build": build, "bundle": "bundle-1", "in_service": "bundle-0", "checks": CHECKS}
    account.s3.put_object(Bucket=BUCKET, Key="reports/latest.json", Body=json.dumps(content))


def test_an_accepted_build_is_rolled_out(
    account: Account, stack: ApiStack, build: dict[str, Any], turns: Turns
) -> None:
    account.put_in_service(OLD)
    stack.create()
    account.write("release", NEW | {"build": build["id"]})
    for _ in range(2):
        build_finished.handler(ended(build, "SUCCEEDED"), None)
    (event,) = turns.events()
    rollout.handler(event, None)
    assert stack.digest == NEW["digest"]
    assert account.notices() == []


def test_a_refused_build_is_told_with_the_reasons_of_the_gate(
    account: Account, build: dict[str, Any], turns: Turns
) -> None:
    account.put_in_service(OLD)
    report(account, build["id"])
    build_finished.handler(ended(build, "FAILED"), None)
    ((subject, text),) = account.notices()
    assert subject == "leadgen-dev: rebuild failed"
    assert "rows: customers halved (is 5000, limit 9000)" in text
    assert "- golden: a query found nothing\n" in text
    assert "AUC" not in text
    assert turns.events() == []
    assert account.in_service == OLD


def test_the_report_of_an_earlier_build_is_no_reason(account: Account, build: dict[str, Any]) -> None:
    report(account, "leadgen-dev-rebuild:of-yesterday")
    build["phases"] = [
        {"phaseType": "BUILD", "contexts": [{"statusCode": "X", "message": "Error while executing pip"}]}
    ]
    build_finished.handler(ended(build, "FAILED"), None)
    ((_, text),) = account.notices()
    assert "customers halved" not in text
    assert "Error while executing pip" in text


@pytest.mark.parametrize("status", ["STOPPED", "TIMED_OUT", "FAULT"])
def test_any_other_end_is_told_too(account: Account, build: dict[str, Any], status: str) -> None:
    build_finished.handler(ended(build, status), None)
    ((subject, text),) = account.notices()
    assert subject.isascii()
    assert len(subject) <= 100
    assert status in text


def test_an_event_of_a_build_that_goes_on_does_nothing(account: Account, build: dict[str, Any], turns: Turns) -> None:
    build_finished.handler(ended(build, "IN_PROGRESS"), None)
    assert account.notices() == []
    assert turns.events() == []
