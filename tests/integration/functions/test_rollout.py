"""The rollout: an accepted image into service and back, whatever order its events come in."""

from typing import Any

import pytest
from aws.slow_stacks import ApiStack, refuse_updates
from deployed_account import NEW, NEWER, OLD, Account
from rollouts import CANDIDATE, STACK_EVENT, propose, release, run

from functions.rollout import handler as rollout


def test_an_accepted_image_is_put_in_service(account: Account, deployed: ApiStack) -> None:
    propose(account, NEW)
    assert deployed.status == "UPDATE_IN_PROGRESS"
    assert deployed.digest == NEW["digest"]
    deployed.complete()
    run()
    assert account.in_service == NEW
    state = account.read("rollout")
    assert (state["current"], state["previous"], state["deploying"]) == (NEW, OLD, None)
    ((subject, text),) = account.notices()
    assert "bundle-1 in service" in subject
    assert NEW["digest"] in text


def test_a_failed_canary_puts_the_image_before_back_and_says_why(account: Account, deployed: ApiStack) -> None:
    propose(account, NEW)
    deployed.roll_back("Alarm leadgen-dev-errors went off")
    run()
    assert account.in_service == OLD
    state = account.read("rollout")
    assert (state["current"], state["deploying"], state["rejected"]) == (OLD, None, [NEW["digest"]])
    ((subject, text),) = account.notices()
    assert subject == "leadgen-dev: bundle bundle-1 rolled back"
    assert "Alarm leadgen-dev-errors went off" in text


def test_a_notice_gives_the_reasons_of_its_own_update(account: Account, deployed: ApiStack) -> None:
    for image, reason in ((NEW, "the first alarm"), (NEWER, "the second alarm")):
        propose(account, image)
        deployed.roll_back(reason)
        run()
    (_, first), (_, second) = account.notices()
    assert "the first alarm" in first
    assert "the first alarm" not in second
    assert "the second alarm" in second


def test_a_rejected_image_is_not_tried_again_but_by_hand(account: Account, deployed: ApiStack) -> None:
    propose(account, NEW)
    deployed.roll_back("alarm")
    for event in (STACK_EVENT, CANDIDATE, STACK_EVENT):
        run(event)
    assert deployed.status == "UPDATE_ROLLBACK_COMPLETE"
    run({"action": "roll_out"})
    assert deployed.digest == NEW["digest"]
    deployed.complete()
    run()
    assert account.read("rollout")["rejected"] == []
    assert account.in_service == NEW


def test_an_update_that_cannot_roll_back_needs_a_person_and_the_next_image_waits(
    account: Account, deployed: ApiStack
) -> None:
    propose(account, NEW)
    deployed.roll_back("alarm", status="UPDATE_ROLLBACK_FAILED")
    run()
    assert account.in_service == OLD
    assert "UPDATE_ROLLBACK_FAILED" in account.notices()[0][1]
    propose(account, NEWER)
    assert "a person must repair it" in account.notices()[0][1]
    assert account.in_service == OLD
    deployed.status = "UPDATE_ROLLBACK_COMPLETE"
    run()
    assert deployed.digest == NEWER["digest"]


def test_a_refused_update_leaves_what_is_in_service(
    account: Account, deployed: ApiStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        refuse_updates(patch, "Parameters: [Stage] must have values")
        propose(account, NEW)
    assert account.in_service == OLD
    assert account.read("rollout")["deploying"] is None
    assert "[Stage] must have values" in account.notices()[0][1]
    run(CANDIDATE)
    assert deployed.digest == NEW["digest"]


def test_the_second_of_two_builds_waits_for_the_first(account: Account, deployed: ApiStack) -> None:
    propose(account, NEW)
    propose(account, NEWER)
    assert deployed.digest == NEW["digest"]
    deployed.complete()
    run()
    assert deployed.digest == NEWER["digest"]
    assert deployed.status == "UPDATE_IN_PROGRESS"
    deployed.complete()
    run()
    state = account.read("rollout")
    assert (state["current"], state["previous"]) == (NEWER, NEW)


def test_the_second_of_two_builds_follows_a_failure_of_the_first(account: Account, deployed: ApiStack) -> None:
    propose(account, NEW)
    propose(account, NEWER)
    deployed.roll_back("alarm")
    run()
    assert deployed.digest == NEWER["digest"]
    deployed.complete()
    run()
    state = account.read("rollout")
    assert (state["current"], state["previous"], state["rejected"]) == (NEWER, OLD, [NEW["digest"]])


def test_events_that_come_twice_late_or_early_change_nothing(account: Account, deployed: ApiStack) -> None:
    for event in (STACK_EVENT, CANDIDATE, {}):
        run(event)
    assert deployed.status == "CREATE_COMPLETE"
    propose(account, NEW)
    for event in (CANDIDATE, STACK_EVENT, CANDIDATE):
        run(event)
    assert deployed.status == "UPDATE_IN_PROGRESS"
    deployed.complete()
    for event in (CANDIDATE, STACK_EVENT, STACK_EVENT):
        run(event)
    assert deployed.status == "UPDATE_COMPLETE"
    assert len(account.notices()) == 1
    assert account.read("rollout")["previous"] == OLD


def test_two_runs_at_once_start_one_update_whose_failure_still_counts(
    account: Account, deployed: ApiStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = rollout._save

    def overtaken(state: dict[str, Any]) -> None:
        monkeypatch.setattr(rollout, "_save", save)
        run(CANDIDATE)
        save(state)

    monkeypatch.setattr(rollout, "_save", overtaken)
    propose(account, NEW)
    assert account.in_service == NEW
    deployed.roll_back("alarm")
    run()
    assert account.in_service == OLD
    assert account.read("rollout")["rejected"] == [NEW["digest"]]


def test_a_rollback_by_hand_puts_the_image_before_back_once(account: Account, deployed: ApiStack) -> None:
    release(account, deployed, NEW)
    run({"action": "rollback"})
    assert deployed.digest == OLD["digest"]
    deployed.complete()
    run()
    run(CANDIDATE)
    assert account.in_service == OLD
    assert deployed.status == "UPDATE_COMPLETE"
    state = account.read("rollout")
    assert (state["current"], state["previous"], state["rejected"]) == (OLD, None, [NEW["digest"]])
    with pytest.raises(rollout.RolloutError, match="no previous release"):
        run({"action": "rollback"})


def test_a_rollback_by_hand_cancels_an_update_on_its_way(account: Account, deployed: ApiStack) -> None:
    propose(account, NEW)
    run({"action": "rollback"})
    assert deployed.status == "UPDATE_ROLLBACK_IN_PROGRESS"
    with pytest.raises(rollout.RolloutError, match="UPDATE_ROLLBACK_IN_PROGRESS"):
        run({"action": "rollback"})
    deployed.roll_back("Resource update cancelled")
    run()
    assert account.in_service == OLD


def test_a_rollback_that_is_refused_says_so_and_changes_nothing(
    account: Account, deployed: ApiStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(account, deployed, NEW)
    refuse_updates(monkeypatch, "Stack:x is in UPDATE_IN_PROGRESS state and can not be updated.")
    with pytest.raises(rollout.RolloutError, match="UPDATE_IN_PROGRESS"):
        run({"action": "rollback"})
    assert account.in_service == NEW
    assert account.read("rollout").get("rejected", []) == []


def test_an_interrupted_start_is_gone_on_with(
    account: Account, deployed: ApiStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_time(_: Any) -> None:
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(rollout, "_update_stack", out_of_time)
        with pytest.raises(TimeoutError):
            propose(account, NEW)
    assert deployed.digest == OLD["digest"]
    run()
    assert deployed.digest == NEW["digest"]
    assert deployed.status == "UPDATE_IN_PROGRESS"


def test_an_update_that_somebody_begins_in_the_same_moment_goes_first(
    account: Account, deployed: ApiStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = rollout._update_stack

    def overtaken(stack: Any) -> str | None:
        account.put_in_service(OLD)
        deployed.status = "UPDATE_IN_PROGRESS"
        account.put_in_service(NEW)
        return begin(stack)

    with monkeypatch.context() as patch:
        patch.setattr(rollout, "_update_stack", overtaken)
        propose(account, NEW)
    assert account.in_service == OLD
    assert account.notices() == []
    deployed.complete()
    run()
    assert deployed.digest == NEW["digest"]


def test_a_deployment_by_a_person_becomes_the_release_to_go_back_to(account: Account, deployed: ApiStack) -> None:
    account.put_in_service(NEW)
    account.write("release", NEW | {"build": "rebuild:1"})
    run()
    assert deployed.status == "CREATE_COMPLETE"
    deployed.begin_update()
    deployed.complete()
    run()
    state = account.read("rollout")
    assert (state["current"], state["previous"]) == (NEW, OLD)
    assert account.notices() == []


def test_a_deployment_by_a_person_that_rolls_back_restores_the_image_before(
    account: Account, deployed: ApiStack
) -> None:
    account.put_in_service(NEW)
    deployed.begin_update()
    run()
    assert account.in_service == NEW
    deployed.roll_back("alarm")
    run()
    assert account.in_service == OLD
    assert account.read("rollout")["rejected"] == [NEW["digest"]]


def test_an_image_that_a_deployment_put_in_service_meanwhile_is_kept(account: Account, deployed: ApiStack) -> None:
    propose(account, NEW)
    account.put_in_service(NEWER)
    deployed.roll_back("alarm")
    run()
    assert account.in_service == NEWER
    assert account.read("rollout")["rejected"] == [NEW["digest"]]


def test_a_failed_change_of_the_template_alone_rejects_no_image(account: Account, deployed: ApiStack) -> None:
    account.put_in_service(NEW)
    deployed.begin_update()
    account.put_in_service(OLD)
    deployed.roll_back("no permission")
    run()
    assert account.read("rollout").get("rejected", []) == []
    assert account.notices() == []


def test_before_the_stack_exists_the_next_deployment_takes_the_candidate(account: Account, stack: ApiStack) -> None:
    propose(account, NEW)
    assert account.in_service == NEW
    stack.create()
    run()
    assert account.read("rollout")["current"] == NEW


def test_a_deleted_stack_is_no_error(account: Account, deployed: ApiStack) -> None:
    deployed.delete()
    assert run()["stack"] == ""
    with pytest.raises(rollout.RolloutError, match="absent"):
        run({"action": "rollback"})
