"""Being told to stop: SIGTERM, Ctrl-C, or the instance's announcement that it will be taken away."""

import asyncio
import json
import logging
import os
import signal
import threading

log = logging.getLogger(__name__)

INTERRUPTED = 75
"""Exit code of a run that was stopped and goes on when it is started again (EX_TEMPFAIL of sysexits.h)."""
GRACE_SECONDS = 20.0
"""What is under way may still take; a service has 30 s to stop in, and a spot notice comes two minutes ahead."""


class Interrupted(Exception):  # noqa: N818 - it is no error
    """The run was told to stop; what is written stays, the rest is done by the next start."""


class StopRequest:
    """Set by a signal; steps ask it between two pieces of work.

    What is still under way when the grace is over, or a second signal comes, is cut off by the end of the process:
    everything that counts is in the database, written in whole transactions.
    """

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def listen(self) -> None:
        """Take SIGTERM and SIGINT from now on."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal)

    def _on_signal(self) -> None:
        if self.requested:
            _end()
        log.info(json.dumps({"step": "stopping", "grace_seconds": GRACE_SECONDS}))
        self.set()
        # A thread of its own: the event loop may be waiting for what does not end.
        timer = threading.Timer(GRACE_SECONDS, _end)
        timer.daemon = True
        timer.start()

    def set(self) -> None:
        """Ask for the stop."""
        self._event.set()

    @property
    def requested(self) -> bool:
        """Whether it was asked for."""
        return self._event.is_set()

    def check(self) -> None:
        """Raises Interrupted where it was asked for."""
        if self.requested:
            raise Interrupted

    async def wait(self) -> None:
        """Return when it is asked for."""
        await self._event.wait()


def _end() -> None:
    log.info(json.dumps({"step": "interrupted", "exit_code": INTERRUPTED}))
    os._exit(INTERRUPTED)
