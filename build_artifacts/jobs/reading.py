"""Read a table of any size in batches: parquet, CSV or JSON lines, one file or a folder, local or s3://."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.dataset as ds
import pyarrow.fs as pa_fs
from leadgen.errors import InputError

from .json_lines import JsonLines

BATCH_ROWS = 8192
_HEADER_BYTES = 1 << 16
_WANTED = "a parquet, CSV or JSON lines (.jsonl) file"


@dataclass(frozen=True)
class Source:
    """An opened table. `columns` are those it has; nothing is read yet."""

    path: str
    columns: tuple[str, ...]
    _read: Callable[[list[str]], Iterator[pa.RecordBatch]]
    _count: Callable[[], int]

    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """Record batches of the given columns, in the order of the files; raises InputError naming the file."""
        try:
            yield from self._read(columns)
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{self.path} cannot be read to its end: {error}") from error

    def count(self) -> int:
        """About how many rows there are, for a progress bar: lines that are left out may be among them."""
        try:
            return self._count()
        except (pa.ArrowException, OSError):
            return 0


def open_source(path: str, on_bad_line: Callable[[str], None]) -> Source:
    """Open a table; raises InputError naming the path.

    Values of CSV and JSON lines are read as text, so no column's type is guessed. `on_bad_line` is told of each CSV
    line whose number of cells is not the header's, and of each that holds no JSON object; the line is left out.
    """
    filesystem, location = filesystem_of(path)
    suffix = _suffix(filesystem, location, path)
    try:
        if suffix == "csv":
            return _open_csv(path, filesystem, location, on_bad_line)
        if suffix == "jsonl":
            lines = JsonLines(filesystem, _files(filesystem, location), BATCH_ROWS, on_bad_line)
            return Source(path, lines.columns(), lines.batches, lines.count)
        dataset = ds.dataset(location, filesystem=filesystem, format="parquet", exclude_invalid_files=False)
        return Source(path, tuple(dataset.schema.names), lambda columns: _batches(dataset, columns), dataset.count_rows)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no readable {suffix} table: {error}") from error


def _batches(dataset: ds.Dataset, columns: list[str]) -> Iterator[pa.RecordBatch]:
    yield from dataset.to_batches(columns=columns, batch_size=BATCH_ROWS, use_threads=False)


def filesystem_of(path: str) -> tuple[pa_fs.FileSystem, str]:
    """The filesystem that holds a local path or s3:// one, and what it calls it."""
    if not path.startswith("s3://"):
        return pa_fs.LocalFileSystem(), path
    import s3fs

    s3, location = s3fs.S3FileSystem(), path.removeprefix("s3://")
    # What is known by a listing is not asked for by HEAD, which S3 answers with 403 for a folder's bare name to whoever
    # may read and list only below it. Where listing is refused, a single file may still be read.
    with suppress(OSError):
        s3.ls(location, refresh=True)
    return pa_fs.PyFileSystem(pa_fs.FSSpecHandler(s3)), location  # type: ignore[abstract]


def _suffix(filesystem: pa_fs.FileSystem, location: str, path: str) -> str:
    try:
        info = filesystem.get_file_info(location)
        if info.type == pa_fs.FileType.NotFound:
            raise InputError(f"{path} does not exist; give --input-path {_WANTED}, or a folder of them")
        names = _files(filesystem, location)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    kinds = {name.rsplit(".", 1)[-1].lower() for name in names}
    if kinds == {"csv"}:
        return "csv"
    if kinds and kinds <= {"jsonl", "ndjson"}:
        return "jsonl"
    if not kinds or kinds - {"parquet", "pq"}:
        raise InputError(f"{path} holds {', '.join(sorted(kinds)) or 'no'} files; {_WANTED} is wanted, of one kind")
    return "parquet"


def _files(filesystem: pa_fs.FileSystem, location: str) -> list[str]:
    if filesystem.get_file_info(location).type != pa_fs.FileType.Directory:
        return [location]
    found = filesystem.get_file_info(pa_fs.FileSelector(location, recursive=True))
    names = (f.path for f in found if f.type == pa_fs.FileType.File and not f.base_name.startswith((".", "_")))
    return sorted(names)


def _open_csv(path: str, filesystem: pa_fs.FileSystem, location: str, on_bad_line: Callable[[str], None]) -> Source:
    header = _csv_header(path, filesystem, location)
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise InputError(f"{path}: column {', '.join(repeated)} appears more than once in the header")

    def skip(row: pa_csv.InvalidRow) -> Literal["skip", "error"]:
        on_bad_line(f"line {row.number}: {row.actual_columns} cells instead of {row.expected_columns}")
        return "skip"

    file_format = ds.CsvFileFormat(
        parse_options=pa_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip),
        convert_options=pa_csv.ConvertOptions(
            column_types={name: pa.binary() for name in header},
            check_utf8=False,
            strings_can_be_null=True,
            null_values=[""],
            quoted_strings_can_be_null=True,
        ),
    )
    # Without a schema the head of the first file would be parsed, and its bad lines reported, twice.
    schema = pa.schema([(name, pa.binary()) for name in header])
    dataset = ds.dataset(location, schema=schema, filesystem=filesystem, format=file_format)
    return Source(path, header, lambda columns: map(_decoded, _batches(dataset, columns)), dataset.count_rows)


def _csv_header(path: str, filesystem: pa_fs.FileSystem, location: str) -> tuple[str, ...]:
    info = filesystem.get_file_info(location)
    if info.type == pa_fs.FileType.Directory:
        found = filesystem.get_file_info(pa_fs.FileSelector(location, recursive=True))
        location = min(f.path for f in found if f.base_name.lower().endswith(".csv"))
    with filesystem.open_input_stream(location) as stream:
        head = stream.read(_HEADER_BYTES).decode("utf-8-sig", "replace")
    try:
        header = next((cells for cells in csv.reader(io.StringIO(head, newline="")) if cells), None)
    except csv.Error as error:
        raise InputError(f"{path} has no readable header: {error}") from error
    if header is None:
        raise InputError(f"{path} is empty: not even a header")
    return tuple(header)


def _decoded(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Bytes as UTF-8 text; what is not UTF-8 becomes the replacement character rather than the end of the build."""
    columns: list[Any] = []
    for column in batch.columns:
        values = (None if cell is None else cell.decode("utf-8", "replace") for cell in column.to_pylist())
        columns.append(pa.array(list(values), pa.string()))
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
