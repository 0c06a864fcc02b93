"""Tables of JSON lines (jsonlines.org): one object a line, its keys the columns."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.fs as pa_fs

_LINES_WITH_COLUMNS = 1000
_CHUNK = 1 << 20


@dataclass(frozen=True)
class JsonLines:
    """Files of JSON lines, read in their order; `on_bad_line` is told of each line that holds no object."""

    filesystem: pa_fs.FileSystem
    files: list[str]
    batch_rows: int
    on_bad_line: Callable[[str], None]

    def columns(self) -> tuple[str, ...]:
        """The keys of the first thousand objects, in the order in which they appear."""
        heads = islice(self._objects(lambda _: None), _LINES_WITH_COLUMNS)
        return tuple(dict.fromkeys(key for head in heads for key in head))

    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """Batches of text columns; a value that is no text is given as JSON, an absent key or null as null."""
        objects = self._objects(self.on_bad_line)
        while rows := list(islice(objects, self.batch_rows)):
            arrays = [pa.array([_text(row.get(column)) for row in rows], pa.string()) for column in columns]
            yield pa.RecordBatch.from_arrays(arrays, names=columns)

    def count(self) -> int:
        """Lines, whatever they hold."""
        total = 0
        for file in self.files:
            with self.filesystem.open_input_stream(file) as stream:
                while chunk := stream.read(_CHUNK):
                    total += chunk.count(b"\n")
        return total

    def _objects(self, on_bad_line: Callable[[str], None]) -> Iterator[dict[str, Any]]:
        for file in self.files:
            for number, line in enumerate(self._lines(file), 1):
                if not line.strip():
                    continue
                try:
                    value = json.loads(line.decode("utf-8", "replace").lstrip("\ufeff"))
                except (ValueError, RecursionError):
                    value = None
                if isinstance(value, dict):
                    yield value
                else:
                    on_bad_line(f"{file}, line {number}: no JSON object")

    def _lines(self, file: str) -> Iterator[bytes]:
        rest = b""
        with self.filesystem.open_input_stream(file) as stream:
            while chunk := stream.read(_CHUNK):
                *lines, rest = (rest + chunk).split(b"\n")
                yield from lines
        yield rest


def _text(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()
