"""The instance's user data and service, from a bare machine to the group's capacity of 0."""

import json
from dataclasses import dataclass

import boto3
import pytest
from instance_account import BUCKET, GROUP, LOG, an_account
from leadgen.text import hashing_spec
from machine import Machine
from metadata_service import metadata_service


def wanted() -> int:
    """Instances that the group wants."""
    (group,) = boto3.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])[
        "AutoScalingGroups"
    ]
    return group["DesiredCapacity"]


def lines() -> list[dict]:
    """Structured lines in the log group."""
    client = boto3.client("logs")
    events = client.filter_log_events(logGroupName=LOG)["events"]
    return [json.loads(event["message"]) for event in events if event["message"].startswith("{")]


def outcome() -> str:
    (found,) = outcomes()
    return found


def outcomes() -> list[str]:
    return [line["outcome"] for line in lines() if "outcome" in line]


def failed_runs() -> int:
    """What the alarm counts."""
    return sum(line.get("failed_runs", 0) for line in lines() if line["step"] == "instance")


@dataclass(frozen=True)
class Completed:
    """What an undisturbed run left."""

    machine: Machine
    wanted: int
    lines: list[dict]
    text_model: dict


@pytest.fixture(scope="module")
def completed(moto_endpoint, code_asset, tmp_path_factory):
    with metadata_service() as metadata, an_account(moto_endpoint, metadata, code_asset) as variables:
        machine = Machine(tmp_path_factory.mktemp("machine"), variables)
        machine.start()
        machine.wait()
        key = f"topics/text-model/{hashing_spec().sha256}/spec.json"
        spec = boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return Completed(machine, wanted(), lines(), json.loads(spec))


def test_a_run_that_is_complete_ends_the_group_and_the_machine(completed):
    assert completed.machine.firms == [0, 1, 2, 3, 4], completed.machine.log
    assert completed.wanted == 0
    assert completed.machine.calls("shutdown"), "the machine stays"
    assert [line["outcome"] for line in completed.lines if "outcome" in line] == ["complete"]
    assert [line["firms"] for line in completed.lines if line["step"] == "firms"] == [1, 2, 3, 4, 5]


def test_the_maximum_age_is_set_before_anything_that_may_hang(completed):
    order = [json.loads(line)["program"] for line in completed.machine.calls_file.read_text().splitlines()]
    assert order[0] == "systemd-run"
    assert order.index("nvidia-smi") < order.index("dnf") < order.index("systemctl")


def test_everything_is_installed_by_the_lock_and_its_hashes(completed):
    pip = completed.machine.calls("python")[0]
    assert {"--require-hashes", "--no-deps", ":all:"} <= set(pip["arguments"])
    assert pip["arguments"][-1].endswith("requirements-gpu.txt")
    assert pip["there"], "the code has no lock"
    (curl,) = completed.machine.calls("curl")
    assert curl["arguments"][-1].startswith("https://truststore.pki.rds.amazonaws.com/")


def test_the_owner_prepares_the_database_and_the_writer_uses_it(completed):
    prepare, run = (
        next(call for call in completed.machine.calls("python") if call["arguments"][2:3] == [command])
        for command in ("database", "topics")
    )
    assert prepare["database"] == "postgresql://postgres:p%40ss%3A%2Fword@db.example.com:5432/topics?sslrootcert=ca.pem"
    assert run["database"].startswith("rds-iam://leadgen_writer@")
    flags = dict(zip(run["arguments"][3::2], run["arguments"][4::2], strict=True))
    assert flags["--quarter"] == "2026Q3"
    assert flags["--input-path"] == f"s3://{BUCKET}/inputs/transcripts"
    assert (flags["--device"], flags["--clusterer"]) == ("cuda", "graph")


def test_the_owners_password_is_in_no_log_and_no_argument(completed):
    arguments = [call["arguments"] for call in completed.machine.calls("python")]
    assert "word" not in json.dumps([completed.lines, arguments]) + completed.machine.log


def test_the_text_model_is_where_answers_look_for_it(completed):
    assert (completed.text_model["id"], completed.text_model["precision"]) == ("hashing", "fp32")


def test_an_announced_interruption_stops_the_run_cleanly_and_another_instance_goes_on(machine, metadata):
    machine.plan = {"firms": 100, "seconds": 0.1}
    machine.start()
    machine.wait_until(lambda: len(machine.firms) >= 3)
    metadata.announce_interruption()
    machine.wait(30)
    before = machine.firms
    assert 3 <= len(before) < 100
    assert wanted() == 1, "nobody would go on"
    assert machine.calls("shutdown")
    assert outcome() == "interrupted"

    del metadata.values["spot/instance-action"]
    machine.plan = {"firms": len(before) + 3}
    machine.start()
    machine.wait()
    assert machine.firms == list(range(len(before) + 3)), "a firm is doubled or missing"
    assert wanted() == 0


def test_a_machine_that_vanishes_is_no_loss(machine):
    machine.plan = {"firms": 100, "seconds": 0.1}
    machine.start()
    machine.wait_until(lambda: len(machine.firms) >= 2)
    machine.kill()
    before = len(machine.firms)
    assert wanted() == 1
    machine.plan = {"firms": before + 2}
    machine.start()
    machine.wait()
    assert machine.firms == list(range(before + 2))
    assert wanted() == 0


def test_a_run_that_never_ends_is_stopped_by_the_maximum_age(machine):
    machine.plan = {"firms": 100_000, "seconds": 0.1}
    machine.variables["LEADGEN_MAX_SECONDS"] = "12"
    machine.start()
    machine.wait(60)
    assert machine.firms, "it never began"
    assert wanted() == 0
    assert machine.calls("shutdown")
    assert failed_runs() == 1
    assert "the run reached its maximum age" in [line.get("reason") for line in lines()]


@pytest.mark.soak
def test_a_start_that_hangs_is_a_failed_run_by_the_maximum_age(machine):
    (machine.folder / "stubs" / "dnf").write_text("#!/bin/sh\nexec sleep 4\n")
    machine.variables["LEADGEN_MAX_SECONDS"] = "1"
    machine.start()
    machine.wait_until(lambda: wanted() == 0)
    assert failed_runs() == 1
    machine.wait()


@pytest.mark.soak
def test_a_rebalance_recommendation_alone_stops_nothing(machine, metadata):
    metadata.values["events/recommendations/rebalance"] = json.dumps({"noticeTime": "2026-10-05T07:10:00Z"})
    machine.plan = {"firms": 12, "seconds": 0.6}
    machine.start()
    machine.wait()
    assert outcome() == "complete"
    assert [line["event"] for line in lines() if line["step"] == "spot"] == ["rebalance recommended"]


@pytest.mark.parametrize("missing", ["nvidia-smi", "LEADGEN_CODE"])
def test_a_machine_that_cannot_start_the_run_goes_and_leaves_the_group_to_try_another(machine, missing):
    if missing == "LEADGEN_CODE":
        machine.variables["LEADGEN_CODE"] = "s3://assets/absent.zip"
    else:
        (machine.folder / "stubs" / missing).write_text("#!/bin/sh\nexit 9\n")
    machine.start()
    machine.wait()
    assert machine.calls("shutdown")
    assert not machine.calls("systemctl")
    assert wanted() == 1
    assert failed_runs() == 1, "it would begin again and again, unseen"
    messages = [event["message"] for event in boto3.client("logs").filter_log_events(logGroupName=LOG)["events"]]
    assert missing == "nvidia-smi" or any("absent.zip" in text or "404" in text for text in messages), messages
