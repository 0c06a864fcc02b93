"""The state on s3://, for runs that each start on an empty disk."""

import asyncio
import logging
import tempfile
from pathlib import Path

from leadgen.errors import ConfigurationError

from build_artifacts.descriptions.state import FILE, State
from build_artifacts.rebuild.objects import Bucket, aws_errors

log = logging.getLogger(__name__)

_EVERY_SECONDS = 60.0
"""At most this much of a run is lost with the machine that it runs on."""


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

    def save(self, state: State) -> None:
        """Put a consistent copy of the state there. Raises ConfigurationError."""
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / FILE
            state.snapshot(copy)
            self._bucket.put(copy, self._key)

    async def keep_saving(self, state: State) -> None:
        """Save every minute, until cancelled."""
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            try:
                await asyncio.to_thread(self.save, state)
            except ConfigurationError as error:
                log.warning("the state cannot be kept: %s", error)


def put_file(path: Path, url: str) -> None:
    """Write a finished file where the run was told to: over a local file at once, or to s3://."""
    if url.startswith("s3://"):
        bucket, key = split_s3(url)
        with aws_errors(f"writing {url}"):
            Bucket(bucket).put(path, key)
        return
    path.replace(url)
