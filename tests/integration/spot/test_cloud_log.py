"""The run's lines in CloudWatch, whatever CloudWatch answers."""

import time

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from instance_account import LOG

from build_artifacts.topics.instance import cloud_log
from build_artifacts.topics.instance.cloud_log import CloudLog


@pytest.fixture
def patient(account, monkeypatch):
    """A log that sends nothing by itself, and what `put_log_events` is to raise, one answer after the other."""
    monkeypatch.setattr(cloud_log, "_EVERY_SECONDS", 3600.0)
    log, answers = CloudLog(LOG, "run"), []
    put = log._client.put_log_events

    def answer(**request):
        if answers and (error := answers.pop(0)):
            raise error
        return put(**request)

    monkeypatch.setattr(log._client, "put_log_events", answer)
    yield log, answers
    log.close()


def arrived():
    return [event["message"] for event in boto3.client("logs").filter_log_events(logGroupName=LOG)["events"]]


def refused(code):
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "PutLogEvents")


def test_a_stream_that_is_there_already_is_written_to(patient):
    log, _ = patient
    boto3.client("logs").create_log_stream(logGroupName=LOG, logStreamName="run")
    log.line("one")
    log._send()
    assert arrived() == ["one"]


@pytest.mark.parametrize("error", [refused("ThrottlingException"), EndpointConnectionError(endpoint_url="x")])
def test_lines_that_could_not_be_sent_are_sent_later_in_their_order(patient, error):
    log, answers = patient
    answers.append(error)
    log.line("one")
    log._send()
    log.line("two")
    log._send()
    assert arrived() == ["one", "two"]


def test_lines_that_are_refused_for_what_they_are_do_not_hold_up_the_others(patient):
    log, answers = patient
    answers.append(refused("InvalidParameterException"))
    log.line("refused")
    log._send()
    log.line("next")
    log._send()
    assert arrived() == ["next"]


def test_where_there_are_too_many_lines_the_newest_are_kept(patient, monkeypatch):
    log, answers = patient
    monkeypatch.setattr(cloud_log, "_LINES_AT_ONCE", 2)
    log._lines = type(log._lines)(maxlen=3)
    answers.append(refused("ThrottlingException"))
    for number in range(3):
        log.line(str(number))
    log._send()
    for number in range(3, 6):
        log.line(str(number))
    log._send()
    assert arrived() == ["0", "1", "3", "4", "5"]


def test_no_batch_is_larger_than_cloudwatch_takes(patient, monkeypatch):
    log, _ = patient
    for _ in range(100):
        log.line("\N{SNOWMAN}" * 9000)
    batches = []
    monkeypatch.setattr(log, "_put", batches.append)
    log._send()
    sizes = [sum(len(text.encode()) + 26 for _, text in batch) for batch in batches]
    assert max(sizes) <= 1_048_576
    assert sum(map(len, batches)) == 100


def test_a_clock_that_is_set_back_leaves_lines_in_order(patient, monkeypatch):
    log, _ = patient
    now = time.time()
    for shown in (now, now - 60, now - 30):
        monkeypatch.setattr(cloud_log.time, "time", lambda shown=shown: shown)
        log.line("a line")
    stamps = [stamp for stamp, _ in log._lines]
    assert stamps == sorted(stamps)
