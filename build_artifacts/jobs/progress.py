"""Progress of long work: a bar on a terminal, one structured line a step elsewhere."""

import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm

log = logging.getLogger(__name__)

_TELL_EVERY_SECONDS = 30.0


@contextmanager
def step(name: str, total: int | None = None, unit: str = "rows") -> Iterator["Progress"]:
    """Time a step; count with `.advance(n)`."""
    progress = Progress(name, total, unit)
    try:
        yield progress
    finally:
        progress.close()


class Progress:
    """One step of a build."""

    def __init__(self, name: str, total: int | None, unit: str) -> None:
        self._name = name
        self._unit = unit
        self._count = 0
        self._total = total
        self._start = self._told = time.monotonic()
        self._bar = tqdm(total=total, desc=name, unit=unit, leave=False) if sys.stderr.isatty() and total else None

    def advance(self, count: int) -> None:
        """`count` more are done."""
        self._count += count
        if self._bar is not None:
            self._bar.update(count)
        elif self._total and time.monotonic() - self._told > _TELL_EVERY_SECONDS:
            self._tell()

    def _tell(self) -> None:
        self._told = time.monotonic()
        seconds = self._told - self._start
        left = seconds / max(self._count, 1) * (self._total or 0) - seconds
        line = {"step": self._name, self._unit: self._count, "of": self._total, "seconds": round(seconds, 1)}
        log.info(json.dumps(line | {"seconds_left": round(left)}))

    def close(self) -> None:
        """End the bar and log the step as one JSON line."""
        if self._bar is not None:
            self._bar.close()
        seconds = round(time.monotonic() - self._start, 2)
        log.info(json.dumps({"step": self._name, self._unit: self._count, "seconds": seconds}))
