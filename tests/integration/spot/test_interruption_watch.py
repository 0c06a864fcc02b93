"""The watch for an interruption outlives whatever the metadata service does."""

import json
import threading

import pytest

from build_artifacts.topics.instance import interruption
from build_artifacts.topics.instance.interruption import InterruptionWatch
from build_artifacts.topics.instance.metadata import Metadata

PAGE = "<html>\n<body>Service Unavailable</body>\n</html>"


@pytest.fixture
def read(metadata, monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url)
    return Metadata().read


@pytest.mark.parametrize("status", [503, 200])
def test_a_page_is_no_token_and_the_next_request_gets_one(metadata, read, status):
    metadata.faults = [(status, PAGE)]
    assert read("instance-id") is None
    assert read("instance-id") == metadata.values["instance-id"]


def test_the_watch_goes_on_after_an_error_of_any_kind(metadata, read, monkeypatch):
    monkeypatch.setattr(interruption, "_EVERY_SECONDS", 0.01)
    faults, told, stop = [RuntimeError("odd"), ValueError("odder")], [], threading.Event()

    class Odd:
        def read(self, path):
            if faults:
                raise faults.pop()
            return read(path)

    metadata.announce_interruption()
    watch = InterruptionWatch(Odd(), stop, lambda **fields: told.append(fields))
    watch.start()
    assert stop.wait(10)
    watch.join(10)
    assert [line["event"] for line in told] == ["no answer", "no answer", "interruption"]
    assert json.loads(told[-1]["notice"])["action"] == "terminate"
