"""Being told to stop: SIGTERM, Ctrl-C, or the instance's announcement that it will be taken away."""

import asyncio
import signal

INTERRUPTED = 75
"""Exit code of a run that was stopped and goes on when it is started again (EX_TEMPFAIL of sysexits.h)."""
GRACE_SECONDS = 20.0
"""What firms in progress may still take; a service has 30 s to stop in, a spot notice comes two minutes ahead."""


class Interrupted(Exception):  # noqa: N818 - it is no error
    """The run was told to stop; what is written stays, the rest is done by the next start."""


class StopRequest:
    """Set by a signal; steps ask it between two pieces of work."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def listen(self) -> None:
        """Take SIGTERM and SIGINT from now on; a second one ends the process at once."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal, number)

    def _on_signal(self, number: int) -> None:
        self.set()
        asyncio.get_running_loop().remove_signal_handler(number)

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
