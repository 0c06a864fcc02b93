import signal
import subprocess

import pytest
from leadgen.engine import Engine
from leadgen.errors import BundleError
from workplace import wait_until_stopped

# Opened or renamed while rows are encoded, after the index, and in the two steps of putting a bundle in service.
PLACES = ["duplicates/email_exact.part", "customers/calibration.json", "/bundle", "CURRENT.building"]


def test_a_build_killed_anywhere_leaves_the_bundle_in_service_and_the_next_build_succeeds(changed_since_built):
    workplace, undisturbed = changed_since_built
    before = workplace.current
    for place in PLACES:
        assert workplace.start(place, signal.SIGKILL).wait() == -signal.SIGKILL, place
        assert workplace.current == before, place
        workplace.open()
    assert list(workplace.artifacts.glob(".building-*"))
    assert workplace.build() == 0
    assert workplace.current == undisturbed
    workplace.open()
    assert not list(workplace.artifacts.glob(".building-*"))


def test_a_first_build_killed_while_it_makes_the_digest_key_leaves_none(workplace):
    assert workplace.start("digest.key.partial", signal.SIGKILL).wait() == -signal.SIGKILL
    with pytest.raises(BundleError, match="leadgen indices"):
        Engine.open(str(workplace.artifacts), digest_key=None)
    assert workplace.build() == 0
    workplace.open()


def test_of_two_builds_at_once_the_second_is_refused(workplace, capsys):
    first = workplace.start("rejects/customers.csv", signal.SIGSTOP)
    try:
        wait_until_stopped(first)
        assert workplace.build() == 2
        assert "another build is running" in capsys.readouterr().err
    finally:
        while first.poll() is None:
            first.send_signal(signal.SIGCONT)
            try:
                first.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                continue
    assert first.returncode == 0
    workplace.open()
