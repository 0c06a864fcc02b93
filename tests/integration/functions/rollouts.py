"""The rollout's function, and what comes of its updates."""

import json
from typing import Any

from aws.slow_stacks import ApiStack
from deployed_account import Account

from functions.rollout import handler as rollout

CANDIDATE = {"action": "candidate"}
STACK_EVENT = {"source": "aws.cloudformation", "detail-type": "CloudFormation Stack Status Change", "detail": {}}


def run(event: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = rollout.handler(STACK_EVENT if event is None else event, None)
    assert json.loads(json.dumps(answer)) == answer
    return answer


def propose(account: Account, release: dict[str, str]) -> None:
    account.write("release", release | {"build": "rebuild:1"})
    run(CANDIDATE)


def release(account: Account, stack: ApiStack, released: dict[str, str]) -> None:
    propose(account, released)
    stack.complete()
    run()
    account.notices()
