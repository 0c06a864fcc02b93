"""Progress of long work: a bar on a terminal, one structured line a step elsewhere."""

import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm

log = logging.getLogger(__name__)


@contextmanager
def step(name: str, total: int | None = None) -> Iterator["Progress"]:
    """Time a step; count with `.advance(n)`."""
    progress = Progress(name, total)
    try:
        yield progress
    finally:
        progress.close()


class Progress:
    """One step of a build."""

    def __init__(self, name: str, total: int | None) -> None:
        self._name = name
        self._count = 0
        self._start = time.monotonic()
        self._bar = tqdm(total=total, desc=name, unit="row", leave=False) if sys.stderr.isatty() and total else None

    def advance(self, count: int) -> None:
        """`count` more rows are done."""
        self._count += count
        if self._bar is not None:
            self._bar.update(count)

    def close(self) -> None:
        """End the bar and log the step as one JSON line."""
        if self._bar is not None:
            self._bar.close()
        seconds = round(time.monotonic() - self._start, 2)
        log.info(json.dumps({"step": self._name, "rows": self._count, "seconds": seconds}))
