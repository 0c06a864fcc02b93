"""The cap: every request is paid for in the ledger, at its highest possible cost, before it is sent."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from build_artifacts.llm.errors import SpendCapError
from build_artifacts.llm.ledger import Entry, Ledger, Outcome

Result = TypeVar("Result")
Run = Callable[[Callable[[], None]], "asyncio.Future[None]"]


class Spending:
    """The ledger, used from the event loop; one thread does what it asks for, in order."""

    def __init__(self, ledger: Ledger, max_usd: float) -> None:
        self._ledger = ledger
        self._max_usd = max_usd
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._open = 0
        self._settled = asyncio.Event()
        self.usd = 0.0
        """Spent or reserved by the run, as far as this process knows."""

    async def start(self) -> None:
        """Read what earlier processes of the run have spent."""
        self.usd = await self._run(self._ledger.spent)

    def close(self) -> None:
        """Wait for what is to be written, but not for a database that is away: seconds at most."""
        self._ledger.stop_waiting()
        self._thread.shutdown()

    async def find(self, key: str) -> dict[str, Any] | None:
        """The answer that was paid for already."""
        return await self._run(lambda: self._ledger.find(key))

    @asynccontextmanager
    async def reserved(self, entry: Entry) -> AsyncIterator["Reservation"]:
        """Around sending a request. What is not settled or released within stays reserved: it may have been charged.

        Where other requests hold what is left of the cap, waits for them, as they mostly cost less than reserved.
        Raises SpendCapError.
        """
        await self._reserve(entry)
        self._open += 1
        reservation = Reservation(entry, self._ledger, self._run)
        try:
            yield reservation
        finally:
            self._open -= 1
            self.usd += reservation.usd - entry.usd
            self._settled.set()
            self._settled = asyncio.Event()

    async def _reserve(self, entry: Entry) -> None:
        while True:
            settled, others = self._settled, self._open
            if await self._run(lambda: self._ledger.reserve(entry, self._max_usd)):
                self.usd += entry.usd
                return
            if not others:
                raise SpendCapError(
                    f"{self.usd:.4f} of at most {self._max_usd} USD are spent or reserved, and the next question "
                    f"could cost {entry.usd:.4f}. Raise --llm-max-usd"
                )
            await settled.wait()

    def _run(self, work: Callable[[], Result]) -> "asyncio.Future[Result]":
        return asyncio.get_running_loop().run_in_executor(self._thread, work)


class Reservation:
    """What may be spent on one request."""

    def __init__(self, entry: Entry, ledger: Ledger, run: Run) -> None:
        self._entry = entry
        self._ledger = ledger
        self._run = run
        self.usd = entry.usd

    async def settle(self, outcome: Outcome) -> None:
        """The request was answered."""
        self.usd = outcome.usd
        # Shielded, because a task that is cancelled here has already paid for its answer.
        await asyncio.shield(self._run(lambda: self._ledger.settle(self._entry, outcome)))

    async def release(self) -> None:
        """The request cost nothing."""
        self.usd = 0.0
        await asyncio.shield(self._run(lambda: self._ledger.release(self._entry)))
