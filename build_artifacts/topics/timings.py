"""Seconds of a run's stages, one structured line for each."""

import json
import logging
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

log = logging.getLogger(__name__)


class Timings:
    """What this process did when; earlier starts of the same run have timings of their own."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage; it is logged when it ends, however it ends."""
        start = time.monotonic()
        try:
            yield
        finally:
            self._stages[name] = round(time.monotonic() - start, 2)
            log.info(json.dumps({"step": name, "seconds": self._stages[name]}))

    def report(self) -> dict[str, Any]:
        """Seconds by stage and in all, and the most memory that this process held, MB."""
        return {
            "seconds": round(time.monotonic() - self._start, 1),
            "seconds_by_stage": self._stages,
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
