"""The time that waiting is measured by; tests let it run faster."""

import asyncio
import time


class Clock:
    """Seconds of real time."""

    def now(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait; other tasks go on."""
        await asyncio.sleep(seconds)
