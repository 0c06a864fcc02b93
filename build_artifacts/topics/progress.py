"""How far a run is: a bar on a terminal, a structured line every half minute elsewhere."""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable
from typing import Any

from tqdm import tqdm

log = logging.getLogger(__name__)

_TELL_EVERY_SECONDS = 30.0
Gauges = Callable[[], dict[str, Any]]


class FirmProgress:
    """Counts firms; `gauges` gives what else a line tells, such as queue lengths and dollars."""

    def __init__(self, total: int, finished: int, gauges: Gauges) -> None:
        self._total = total
        self._before = finished
        self._gauges = gauges
        self._start = time.monotonic()
        self.done = 0
        """Firms finished by this process; those of an earlier start are not among them."""
        self.failed = 0
        on_terminal = sys.stderr.isatty()
        self._bar = tqdm(total=total, initial=finished, desc="firms", unit="firm") if on_terminal else None

    def advance(self, *, failed: bool = False) -> None:
        """One firm more is written, or recorded as failed."""
        self.done += 1
        self.failed += failed
        if self._bar is not None:
            self._bar.set_postfix(self._gauges(), refresh=False)
            self._bar.update()

    def line(self) -> dict[str, Any]:
        """What the structured line says."""
        seconds = time.monotonic() - self._start
        rate = self.done / max(seconds, 1e-9)
        left = self._total - self._before - self.done
        return {
            "step": "firms",
            "firms": self._before + self.done,
            "of": self._total,
            "failed": self.failed,
            "firms_per_second": round(rate, 3),
            "seconds": round(seconds, 1),
            "seconds_left": round(left / rate) if rate else None,
            **self._gauges(),
        }

    async def tell(self) -> None:
        """Log a line now and then, until cancelled."""
        while True:
            await asyncio.sleep(_TELL_EVERY_SECONDS)
            if self._bar is None:
                log.info(json.dumps(self.line()))

    def close(self) -> None:
        """End the bar; log how it ended."""
        if self._bar is not None:
            self._bar.close()
        log.info(json.dumps(self.line()))
