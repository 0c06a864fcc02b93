"""A program of the run in a process of its own: its lines are passed on, and it is stopped when that is asked for."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from build_artifacts.jobs.stopping import INTERRUPTED

GRACE_SECONDS = 90.0
"""Between the request to stop and the end by force: the run promises 30 s, a spot notice comes 120 s before."""
_LOOK_EVERY_SECONDS = 0.5


def run(
    command: Sequence[str],
    stop: threading.Event,
    pass_on: Callable[[str], None],
    environment: Mapping[str, str] | None = None,
) -> int:
    """The exit code of `command`, or INTERRUPTED where it had to be stopped before it was done."""
    process = subprocess.Popen(  # noqa: S603 - a command of our own
        command,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        # So that what it started can be ended with it.
        start_new_session=True,
    )
    reader = threading.Thread(target=_read, args=(process, pass_on), daemon=True)
    reader.start()
    while process.poll() is None:
        if stop.wait(_LOOK_EVERY_SECONDS):
            _end(process)
    # A grandchild may hold the pipe open; what matters was read by then.
    reader.join(timeout=5)
    interrupted = stop.is_set() and process.returncode != 0
    return INTERRUPTED if interrupted else process.returncode


def _read(process: "subprocess.Popen[str]", pass_on: Callable[[str], None]) -> None:
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            pass_on(line.rstrip("\n"))


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
