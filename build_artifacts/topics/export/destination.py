"""Where exported files go: a folder or a prefix under s3://, each file whole or not at all."""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from leadgen.errors import ConfigurationError

from build_artifacts.indices.upload import Upload


class Destination(Protocol):
    """Takes files by name."""

    def file(self, name: str) -> AbstractContextManager[Path]:
        """A path to write to; what it holds gets its name when the block ends without error."""

    def address(self, name: str) -> str:
        """Where the file of this name is."""


def open_destination(path: str) -> Destination:
    """Raises ConfigurationError naming the path where nothing can be written."""
    return _Storage(path) if path.startswith("s3://") else _Folder(Path(path))


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with self._named():
            folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        partial = self._folder / f".{name}.partial"
        try:
            with self._named():
                yield partial
                partial.replace(self._folder / name)
        finally:
            partial.unlink(missing_ok=True)

    def address(self, name: str) -> str:
        return str(self._folder / name)

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ConfigurationError(f"--output-path {self._folder} cannot be written: {error}") from error


class _Storage:
    def __init__(self, url: str) -> None:
        self._upload = Upload(url, "--output-path")

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="leadgen-export-") as folder:
            path = Path(folder) / name
            yield path
            self._upload.file(path, name)

    def address(self, name: str) -> str:
        return f"{self._upload.url}/{name}"
