"""What the instance decides by itself: the quarter, when to try again, and how a run is stopped."""

import os
import sys
import threading
import time
from datetime import date

import pytest
from leadgen.errors import ConfigurationError

from build_artifacts.jobs.stopping import INTERRUPTED
from build_artifacts.topics.instance import attempts, children
from build_artifacts.topics.instance.quarters import quarter_before
from build_artifacts.topics.instance.settings import InstanceSettings

WRITE_PID = "import os, sys; open(sys.argv[1], 'w').write(str(os.getpid()))\n"


@pytest.mark.parametrize(
    ("day", "quarter"),
    [
        (date(2026, 1, 1), "2025Q4"),
        (date(2026, 3, 31), "2025Q4"),
        (date(2026, 4, 5), "2026Q1"),
        (date(2026, 10, 5), "2026Q3"),
        (date(2026, 12, 31), "2026Q3"),
    ],
)
def test_a_run_is_about_the_calendar_quarter_before(day, quarter):
    assert quarter_before(day) == quarter


def test_what_the_deployment_did_not_tell_is_named(monkeypatch):
    for name in [name for name in os.environ if name.startswith("LEADGEN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LEADGEN_HOME", "/opt/leadgen")
    with pytest.raises(ConfigurationError, match=r"LEADGEN_GROUP.*LEADGEN_TEXT_MODEL_OUTPUT"):
        InstanceSettings.read()


class Lines:
    """In place of the log."""

    def __init__(self):
        self.lines, self.told = [], []

    def line(self, text):
        self.lines.append(text)

    def tell(self, **fields):
        self.told.append(fields)


def run_python(code, stop, *arguments, log=None):
    return children.run([sys.executable, "-c", code, *arguments], stop, (log or Lines()).line)


def test_a_childs_lines_and_exit_code_are_passed_on():
    log = Lines()
    code = "import sys; sys.stdout.buffer.write(b'out\\nbad \\xff\\n'); sys.exit('the end')"
    assert run_python(code, threading.Event(), log=log) == 1
    assert set(log.lines) == {"out", "bad \ufffd", "the end"}


def stop_when_written(path, stop):
    while not path.exists() or not path.read_text():
        time.sleep(0.02)
    stop.set()


def test_a_run_that_is_stopped_is_interrupted_however_it_ends(tmp_path):
    stop, pid = threading.Event(), tmp_path / "pid"
    threading.Thread(target=stop_when_written, args=(pid, stop), daemon=True).start()
    assert run_python(WRITE_PID + "import time; time.sleep(60)", stop, str(pid)) == INTERRUPTED


def test_a_run_that_does_not_listen_is_ended_by_force_with_all_that_it_started(tmp_path, monkeypatch):
    monkeypatch.setattr(children, "GRACE_SECONDS", 0.3)
    stop, pid = threading.Event(), tmp_path / "pid"
    grandchild = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {DEAF!r}, sys.argv[1]]).wait()"
    threading.Thread(target=stop_when_written, args=(pid, stop), daemon=True).start()
    began = time.monotonic()
    assert run_python(IGNORE + grandchild, stop, str(pid)) == INTERRUPTED
    assert time.monotonic() - began < 20
    for _ in range(100):
        try:
            os.kill(int(pid.read_text()), 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("what the run started is still there")


IGNORE = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
DEAF = IGNORE + WRITE_PID + "import time; time.sleep(60)"


@pytest.fixture
def attempted(monkeypatch):
    """Attempts that end with these codes, one after the other, without a pause."""

    def run(*codes, stopped_in=None):
        left, stop, log = list(codes), threading.Event(), Lines()
        monkeypatch.setattr(attempts, "_PAUSE_SECONDS", 0.0)

        def attempt(*_):
            if stopped_in == len(codes) - len(left):
                stop.set()
            return left.pop(0)

        monkeypatch.setattr(attempts, "_attempt", attempt)
        return attempts.run_until_done(None, stop, log), len(codes) - len(left)

    return run


@pytest.mark.parametrize(
    ("codes", "code", "tried"),
    [
        ((0,), 0, 1),
        ((1, 0), 0, 2),
        ((1, -9, 0), 0, 3),
        ((1, 1, 1, 0), 1, 3),
        ((2, 2, 0), 0, 3),
        ((2, 2, 2, 0), 2, 3),
        ((INTERRUPTED, 0), INTERRUPTED, 1),
    ],
)
def test_whatever_fails_is_tried_three_times_as_a_database_or_a_hub_may_be_away(attempted, codes, code, tried):
    assert attempted(*codes) == (code, tried)


def test_a_failure_after_the_request_to_stop_is_an_interruption(attempted):
    assert attempted(1, 0, stopped_in=0) == (INTERRUPTED, 1)
    assert attempted(0, stopped_in=0) == (0, 1)
