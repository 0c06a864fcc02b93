"""The parts of a table that are embedded, beside the output until it is whole."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.fs as pa_fs
import pyarrow.parquet as pq
from leadgen.errors import InputError

from build_artifacts.jobs.reading import filesystem_of

_JOINED_FROM = b"leadgen.joined_from"
_UNFINISHED = ".unfinished"


@dataclass(frozen=True)
class Parts:
    """Files in `OUTPUT.parts/`, each there whole or not at all, on a disk as in a bucket.

    Every method raises InputError where the place cannot be read or written.
    """

    filesystem: pa_fs.FileSystem
    output: str
    done: set[str] = field(default_factory=set)

    @classmethod
    def open(cls, output_path: str) -> "Parts":
        """What an earlier run has left of this output."""
        filesystem, output = filesystem_of(output_path)
        parts = cls(filesystem, output)
        with parts._trouble_named():
            if isinstance(filesystem, pa_fs.LocalFileSystem):
                filesystem.create_dir(parts._folder)
            found = filesystem.get_file_info(pa_fs.FileSelector(parts._folder, allow_not_found=True))
        parts.done.update(info.base_name for info in found)
        return parts

    @property
    def _folder(self) -> str:
        return f"{self.output}.parts"

    @contextmanager
    def _trouble_named(self) -> Iterator[None]:
        try:
            yield
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{self.output} cannot be written by way of {self._folder}: {error}") from error

    def write(self, name: str, rows: pa.Table) -> None:
        """Keep a part."""
        content = pa.BufferOutputStream()
        pq.write_table(rows, content)
        path = f"{self._folder}/{name}"
        with self._trouble_named():
            with self.filesystem.open_output_stream(path + _UNFINISHED) as stream:
                stream.write(content.getvalue())
            self.filesystem.move(path + _UNFINISHED, path)
        self.done.add(name)

    def joined_from(self) -> str | None:
        """The digest that the output was joined under; None where there is none, or another program's file."""
        try:
            with self.filesystem.open_input_file(self.output) as file:
                return (pq.read_schema(file).metadata or {}).get(_JOINED_FROM, b"").decode() or None
        except (pa.ArrowException, OSError):
            return None

    def join(self, names: Sequence[str], schema: pa.Schema, digest: str) -> None:
        """Write the output, one part after the other; what it replaces is there until it is whole."""
        unfinished = f"{self._folder}/{_UNFINISHED}"
        with self._trouble_named():
            with (
                self.filesystem.open_output_stream(unfinished) as stream,
                pq.ParquetWriter(stream, schema.with_metadata({_JOINED_FROM: digest})) as writer,
            ):
                for name in names:
                    with self.filesystem.open_input_file(f"{self._folder}/{name}") as file:
                        writer.write_table(pq.read_table(file))
            self.filesystem.move(unfinished, self.output)

    def remove(self) -> None:
        """Remove what the output no longer needs."""
        with self._trouble_named():
            if self.filesystem.get_file_info(self._folder).type == pa_fs.FileType.Directory:
                self.filesystem.delete_dir(self._folder)
