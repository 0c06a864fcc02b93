"""Objects of a bucket: the latest versions below a prefix, exact copies of them, and files put there."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from leadgen.errors import ConfigurationError, InputError

from build_artifacts.jobs.progress import Progress, step

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_STREAMS = 8


@dataclass(frozen=True, slots=True)
class InputObject:
    """One version of one file; `size` in bytes. A local file has neither version nor entity tag."""

    key: str
    size: int
    version_id: str | None = None
    etag: str | None = None


@contextmanager
def aws_errors(doing: str) -> Iterator[None]:
    """Turns what boto3 raises into a ConfigurationError that says what was being done."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (Boto3Error, BotoCoreError, ClientError) as error:
        raise ConfigurationError(f"{doing} failed: {error}") from error


class Bucket:
    """One bucket; every method raises ConfigurationError naming it where it refuses."""

    def __init__(self, name: str) -> None:
        import boto3
        from botocore.config import Config

        self.name = name
        with aws_errors(f"opening s3://{name}"):
            self._client: S3Client = boto3.client("s3", config=Config(max_pool_connections=_STREAMS))

    def latest(self, prefix: str) -> list[InputObject]:
        """The latest versions of the objects whose keys begin with `prefix`, by key; folders' placeholders left out."""
        found = []
        with aws_errors(f"listing s3://{self.name}/{prefix}"):
            for page in self._client.get_paginator("list_object_versions").paginate(Bucket=self.name, Prefix=prefix):
                found += [
                    InputObject(entry["Key"], entry["Size"], entry["VersionId"], entry["ETag"].strip('"'))
                    for entry in page.get("Versions", ())
                    if entry["IsLatest"] and not entry["Key"].endswith("/")
                ]
        return sorted(found, key=lambda entry: entry.key)

    def copy(self, entries: Iterable[InputObject], prefix: str, folder: Path, what: str) -> None:
        """Write exactly these versions below `folder`, under their keys without `prefix`."""
        wanted = [(entry, inside(folder, entry.key.removeprefix(prefix).lstrip("/"))) for entry in entries]
        total = sum(entry.size for entry, _ in wanted)
        with step(what, total, "bytes") as progress, ThreadPoolExecutor(_STREAMS) as pool:
            for copied in [pool.submit(self._copy, entry, path, progress) for entry, path in wanted]:
                copied.result()

    def _copy(self, entry: InputObject, path: Path, progress: Progress) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        version = {} if entry.version_id in (None, "null") else {"VersionId": entry.version_id}
        with aws_errors(f"copying s3://{self.name}/{entry.key}"):
            self._client.download_file(self.name, entry.key, str(path), ExtraArgs=version, Callback=progress.advance)

    def read(self, key: str) -> bytes:
        """The content of one object."""
        with aws_errors(f"reading s3://{self.name}/{key}"):
            return self._client.get_object(Bucket=self.name, Key=key)["Body"].read()

    def written(self, key: str) -> datetime | None:
        """When an object was last written; None where there is none."""
        with aws_errors(f"listing s3://{self.name}/{key}"):
            found = self._client.list_objects_v2(Bucket=self.name, Prefix=key).get("Contents", ())
        return next((entry["LastModified"] for entry in found if entry["Key"] == key), None)

    def put(self, path: Path, key: str) -> None:
        """Write one file."""
        with aws_errors(f"writing s3://{self.name}/{key}"):
            self._client.upload_file(str(path), self.name, key)

    def put_folder(self, folder: Path, prefix: str) -> None:
        """Write every file below `folder`."""
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            self.put(path, f"{prefix}/{path.relative_to(folder).as_posix()}")


def inside(folder: Path, name: str) -> Path:
    """`name` below `folder`; raises InputError where it would lie outside."""
    if not name or ".." in name.split("/"):
        raise InputError(f"the key {name!r} is no name of a file; rename the object")
    return folder / name
