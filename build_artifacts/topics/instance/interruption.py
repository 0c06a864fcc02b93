"""Notice that AWS will take the instance away, two minutes before it does.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
"""

import threading
from collections.abc import Callable

from build_artifacts.topics.instance.metadata import Metadata

_EVERY_SECONDS = 5.0
_NOTICE = "spot/instance-action"
_RECOMMENDATION = "events/recommendations/rebalance"

Tell = Callable[..., None]


class InterruptionWatch(threading.Thread):
    """Sets `stop` when the metadata service announces the interruption; ends when somebody else has set it.

    A rebalance recommendation is only told: it often comes without an interruption, and every firm is a checkpoint.
    """

    def __init__(self, metadata: Metadata, stop: threading.Event, tell: Tell) -> None:
        super().__init__(name="interruption", daemon=True)
        self._metadata, self._stop_requested, self._tell = metadata, stop, tell
        self._recommended = False

    def run(self) -> None:
        """Ask every five seconds, as AWS recommends."""
        while not self._stop_requested.wait(_EVERY_SECONDS):
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look may see the notice
                self._tell(step="spot", event="no answer", error=f"{type(error).__name__}: {error}")

    def _look(self) -> None:
        if not self._recommended and (recommendation := self._metadata.read(_RECOMMENDATION)):
            self._recommended = True
            self._tell(step="spot", event="rebalance recommended", notice=recommendation)
        if notice := self._metadata.read(_NOTICE):
            self._stop_requested.set()
            self._tell(step="spot", event="interruption", notice=notice)
