"""The state on s3://, for runs that each start on an empty disk."""

import asyncio
import logging
import tempfile
import threading
import time
from pathlib import Path

from leadgen.errors import ConfigurationError

from build_artifacts.descriptions.calls import count_as_spent
from build_artifacts.descriptions.state import FILE, State
from build_artifacts.rebuild.objects import Bucket, aws_errors

log = logging.getLogger(__name__)

_EVERY_SECONDS = 60.0
"""At most this much of a run is lost with the machine that it runs on; more, where saving itself takes long.

Of payments at most what `Carrier.save` was told to allow for, a twentieth of the cap, and about 0.04 USD at 480
questions a minute of gpt-4o-mini. Batches are saved before and after they are created, so nothing of them is lost.
"""
_SHARE_OF_TIME = 1 / 10


def split_s3(url: str) -> tuple[str, str]:
    """Bucket and key of an s3:// URL; raises ConfigurationError."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    if not bucket or not key.strip("/"):
        raise ConfigurationError(f"{url} names no object; write it like s3://bucket/folder/name")
    return bucket, key.strip("/")


class Carrier:
    """Keeps the state in the folder `url`."""

    def __init__(self, url: str) -> None:
        bucket, folder = split_s3(url)
        self._bucket = Bucket(bucket)
        self._key = f"{folder}/{FILE}"
        self._saving = threading.Lock()
        self._allowed = 0.0

    def restore(self, folder: Path) -> None:
        """Fetch the state, unless the disk has one already or there is none yet."""
        if (folder / FILE).exists() or not self._exists():
            return
        folder.mkdir(parents=True, exist_ok=True)
        # A half of a file must not be taken for the state by the next start.
        part = folder / f"{FILE}.part"
        part.write_bytes(self._bucket.read(self._key))
        part.rename(folder / FILE)

    def _exists(self) -> bool:
        return any(entry.key == self._key for entry in self._bucket.latest(self._key))

    def save(self, state: State, allowed: float | None = None) -> None:
        """Put a consistent copy of the state there. Raises ConfigurationError.

        From now on, and in all copies until the next such call, the run counts as having spent at least `allowed` USD:
        that is what it may come to before it is saved again. So whoever restores the copy of a machine that was lost
        cannot cross the cap, though the machine's last payments are not in it.
        """
        with self._saving, tempfile.TemporaryDirectory() as folder:
            self._allowed = self._allowed if allowed is None else allowed
            copy = Path(folder) / FILE
            state.snapshot(copy)
            if self._allowed:
                count_as_spent(copy, state.run, self._allowed)
            self._bucket.put(copy, self._key)

    async def keep_saving(self, state: State) -> None:
        """Save every minute, or less often where it takes more than a tenth of that, until cancelled."""
        pause = _EVERY_SECONDS
        while True:
            await asyncio.sleep(pause)
            started = time.monotonic()
            try:
                await asyncio.to_thread(self.save, state)
            except ConfigurationError as error:
                log.warning("the state cannot be kept: %s", error)
            pause = max(_EVERY_SECONDS, (time.monotonic() - started) / _SHARE_OF_TIME)


def put_file(path: Path, url: str) -> None:
    """Write a finished file where the run was told to: over a local file at once, or to s3://."""
    if url.startswith("s3://"):
        bucket, key = split_s3(url)
        with aws_errors(f"writing {url}"):
            Bucket(bucket).put(path, key)
        return
    path.replace(url)
