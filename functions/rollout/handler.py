"""Puts an accepted image in service by an update of the API's stack, and the one before back where that fails.

A zip function that needs boto3 only; the zip holds this folder, its handler is `rollout.handler.handler`. Its events
come one at a time from a FIFO queue, because it is the only writer of its state: the ends of builds from
`functions/build_finished`, and the stack's `CloudFormation Stack Status Change` events. By hand:

    aws lambda invoke --function-name NAME --cli-binary-format raw-in-base64-out \\
        --payload '{"action": "rollback"}' /dev/stdout

`rollback` puts the previous image back, or cancels an update that is on its way. `roll_out` deploys the candidate
even if it was taken back before. Anything else, an empty event included, looks what there is to do: every event is
only a reason to look at the stack, so that one delivered twice, late or out of order does no harm.

Environment: `LEADGEN_PARAMETER_PREFIX` (such as `/leadgen-dev`), `LEADGEN_STACK` (name of the API's stack),
`LEADGEN_REPOSITORY` (ECR), `LEADGEN_DATA_BUCKET`, `LEADGEN_FUNCTION` (name of the API's function; none where the API
runs elsewhere), `LEADGEN_NOTICE_TOPIC` (ARN), `LEADGEN_KEEP_IMAGES` and `LEADGEN_KEEP_BUNDLES` (how many of the newest
are never deleted; 10).

State in `<prefix>/rollout`: `current` and `previous` releases as the stack last ended with them, `deploying`, the
digests `rejected`, and `settled`, the beginning of the last update of the stack that this state accounts for.
"""

import json
import logging
from functools import cache
from itertools import takewhile
from os import environ
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import ClientError

from .prune import prune_bundles, prune_images

_log = logging.getLogger()
_log.setLevel(logging.INFO)

Release = dict[str, str]
"""`digest` and `bundle`."""
State = dict[str, Any]

_COMPLETE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
_ROLLED_BACK = ("UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED")
_MOST_REJECTED = 20
_ssm = cache(lambda: boto3.client("ssm"))
_BUSY = "_IN_PROGRESS state"
_NOTHING_TO_DO = "No updates are to be performed"


class RolloutError(Exception):
    """What was asked for by hand cannot be done now; the message says why."""


class Stack(NamedTuple):
    """The API's stack. `updated` is when its last update began; empty where there is no stack."""

    status: str
    updated: str
    parameters: list[Any]

    @property
    def absent(self) -> bool:
        return self.status in ("", "REVIEW_IN_PROGRESS", "DELETE_COMPLETE")

    @property
    def busy(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and not self.absent

    @property
    def updatable(self) -> bool:
        return self.status in (*_COMPLETE, "UPDATE_ROLLBACK_COMPLETE")

    def resolved(self, name: str) -> str:
        """The value that the stack took from a parameter of Systems Manager; empty where it takes none."""
        found = [p for p in self.parameters if p.get("ParameterValue") == name]
        return str(found[0].get("ResolvedValue", "")) if found else ""


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """The stack's status and the state after it. Raises RolloutError where an action by hand is impossible."""
    stack, state = _stack(), _read("rollout")
    action = event.get("action", "")
    ended = stack.status in (*_COMPLETE, *_ROLLED_BACK) and stack.updated != state.get("settled")
    if ended:
        _settle(stack, state)
    if action == "rollback":
        _roll_back(stack, state)
    else:
        _roll_out(stack, state, by_hand=action == "roll_out")
    if ended:
        _prune(state)
    _log.info("looked", extra={"action": action, "stack": stack.status, "state": state})
    return {"stack": stack.status, **state}


def _settle(stack: Stack, state: State) -> None:
    """Account for an update that has ended, whoever began it."""
    if stack.status in _COMPLETE:
        _settle_success(stack, state)
    else:
        _settle_failure(stack, state)
    state["settled"] = stack.updated
    _save(state)


def _settle_success(stack: Stack, state: State) -> None:
    running, before, deploying = _running(stack, state), state.get("current"), state.get("deploying")
    if before != running:
        given_up = before is None or before["digest"] in state.get("rejected", ())
        state["previous"] = None if given_up else before
        state["current"] = running
    state["rejected"] = [digest for digest in state.get("rejected", ()) if digest != running["digest"]]
    if deploying and deploying["digest"] == running["digest"]:
        state["deploying"] = None
        _notify(f"bundle {running['bundle']} in service", f"The image {running['digest']} is in service.")
    elif deploying and _in_service()["digest"] != deploying["digest"]:
        # A deployment has put its own image in service meanwhile, which is the later decision.
        state["deploying"] = None


def _settle_failure(stack: Stack, state: State) -> None:
    running = state.get("current") or _running(stack, state)
    attempted = state.get("deploying") or _in_service()
    state["deploying"] = None
    if attempted["digest"] == running["digest"]:
        return
    _reject(state, attempted["digest"])
    # A deployment may have put another image in service meanwhile.
    if _in_service()["digest"] == attempted["digest"]:
        _put_in_service(running)
    _notify(
        f"bundle {attempted['bundle']} rolled back",
        f"The update of {environ['LEADGEN_STACK']} to the image {attempted['digest']} ended as {stack.status}; "
        f"{running['digest']} (bundle {running['bundle']}) stays in service. "
        f'It is not tried again, unless this function is invoked with {{"action": "roll_out"}}.\n\n{_failures()}',
    )


def _roll_out(stack: Stack, state: State, *, by_hand: bool) -> None:
    """Begin with the candidate, or go on with an update that was begun and then interrupted."""
    release = _read("release")
    if by_hand and release.get("digest") in state.get("rejected", ()):
        state["rejected"].remove(release["digest"])
    target = state.get("deploying") or _candidate(release, state)
    if target is None or stack.busy:
        return
    if stack.absent:
        # The deployment that creates the stack reads it.
        _put_in_service(target)
        state["deploying"] = None
        _save(state)
    elif stack.updatable:
        _start(target, stack, state)
    else:
        _notify("rollout waits", f"{environ['LEADGEN_STACK']} is {stack.status}: a person must repair it first.")


def _candidate(release: dict[str, str], state: State) -> Release | None:
    digest = release.get("digest")
    if not digest or digest in state.get("rejected", ()) or digest == _in_service()["digest"]:
        return None
    return {"digest": digest, "bundle": release["bundle"]}


def _roll_back(stack: Stack, state: State) -> None:
    if stack.status == "UPDATE_IN_PROGRESS" and state.get("deploying"):
        boto3.client("cloudformation").cancel_update_stack(StackName=environ["LEADGEN_STACK"])
        return
    if not stack.updatable:
        raise RolloutError(f"{environ['LEADGEN_STACK']} is {stack.status or 'absent'}: it cannot be rolled back now.")
    if not state.get("previous"):
        raise RolloutError("There is no previous release to put back.")
    before = state.get("rejected", [])
    _reject(state, state["current"]["digest"])
    refusal = _start(state["previous"], stack, state)
    if refusal:
        _save(state | {"rejected": before})
        raise RolloutError(refusal)


def _start(release: Release, stack: Stack, state: State) -> str | None:
    """Update the stack; what CloudFormation has against it.

    The state is saved first, so that whatever interrupts this is gone on with.
    """
    before = _in_service()
    state["deploying"] = release
    _save(state)
    _put_in_service(release)
    refusal = _update_stack(stack)
    if refusal is None or (_BUSY in refusal and _stack().resolved(_name("in-service/digest")) == release["digest"]):
        # Begun, by this run or by one at the same time.
        return None
    state["deploying"] = None
    if _NOTHING_TO_DO not in refusal:
        _put_in_service(before)
    # An update that somebody began in this moment ends with an event, which begins this again.
    if _NOTHING_TO_DO not in refusal and _BUSY not in refusal:
        _notify("update refused", f"{environ['LEADGEN_STACK']} cannot be updated to {release['digest']}: {refusal}")
    _save(state)
    return refusal


def _update_stack(stack: Stack) -> str | None:
    """The refusal. CloudFormation reads a parameter that names one of Systems Manager again at every update:

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
    """
    keys = [parameter["ParameterKey"] for parameter in stack.parameters]
    try:
        boto3.client("cloudformation").update_stack(
            StackName=environ["LEADGEN_STACK"],
            UsePreviousTemplate=True,
            Parameters=[{"ParameterKey": key, "UsePreviousValue": True} for key in keys],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
    except ClientError as error:
        return error.response["Error"]["Message"]
    return None


def _stack() -> Stack:
    try:
        found = boto3.client("cloudformation").describe_stacks(StackName=environ["LEADGEN_STACK"])["Stacks"][0]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return Stack("", "", [])
        raise
    updated = found.get("LastUpdatedTime", found["CreationTime"])
    return Stack(found["StackStatus"], updated.isoformat(), list(found.get("Parameters", ())))


def _failures() -> str:
    """What failed first in the last update, in CloudFormation's words."""
    client = boto3.client("cloudformation")
    latest_first = client.describe_stack_events(StackName=environ["LEADGEN_STACK"])["StackEvents"]
    began = ("AWS::CloudFormation::Stack", "UPDATE_IN_PROGRESS")
    last = takewhile(lambda event: (event["ResourceType"], event["ResourceStatus"]) != began, latest_first)
    failed = [event for event in last if event["ResourceStatus"].endswith("_FAILED")]
    lines = [f"- {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed[::-1]]
    return "\n".join(lines[:10])


def _running(stack: Stack, state: State) -> Release:
    """What the stack was last given; its bundle, where the stack takes none, as it was noted."""
    digest = stack.resolved(_name("in-service/digest"))
    known = [state.get("deploying"), state.get("current"), state.get("previous"), _read("release"), _in_service()]
    noted = (release["bundle"] for release in known if release and release.get("digest") == digest)
    return {"digest": digest, "bundle": stack.resolved(_name("in-service/bundle")) or next(noted, "")}


def _reject(state: State, digest: str) -> None:
    others = [rejected for rejected in state.get("rejected", ()) if rejected != digest]
    state["rejected"] = [*others, digest][-_MOST_REJECTED:]


def _prune(state: State) -> None:
    """Keep what is in use, what may come back, and what is next."""
    releases = [state.get("current"), state.get("previous"), state.get("deploying"), _read("release"), _in_service()]
    known = [release for release in releases if release]
    prune_images({release["digest"] for release in known})
    prune_bundles({release["bundle"] for release in known})


def _notify(subject: str, message: str) -> None:
    """By SNS, whose subjects are ASCII of at most 100 characters."""
    heading = f"{environ['LEADGEN_PARAMETER_PREFIX'].strip('/')}: {subject}"
    heading = heading.encode("ascii", "replace").decode()[:100]
    boto3.client("sns").publish(TopicArn=environ["LEADGEN_NOTICE_TOPIC"], Subject=heading, Message=message)


def _in_service() -> Release:
    return {name: _parameter(f"in-service/{name}") for name in ("digest", "bundle")}


def _put_in_service(release: Release) -> None:
    for name in ("digest", "bundle"):
        _ssm().put_parameter(Name=_name(f"in-service/{name}"), Value=release[name], Overwrite=True)


def _read(name: str) -> dict[str, Any]:
    """A parameter that holds JSON; one as CloudFormation created it, `none`, is empty."""
    value = _parameter(name)
    parsed: dict[str, Any] = {} if value == "none" else json.loads(value)
    return parsed


def _save(state: State) -> None:
    _ssm().put_parameter(Name=_name("rollout"), Value=json.dumps(state), Overwrite=True)


def _parameter(name: str) -> str:
    return _ssm().get_parameter(Name=_name(name))["Parameter"]["Value"]


def _name(name: str) -> str:
    return f"{environ['LEADGEN_PARAMETER_PREFIX']}/{name}"
