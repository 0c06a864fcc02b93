"""Copy a bundle to s3://, its CURRENT last, so that a reader never sees half of one."""

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leadgen.bundle import CURRENT, MANIFEST
from leadgen.errors import ConfigurationError


class Upload:
    """A destination under s3://; every method raises ConfigurationError naming it where it cannot be written."""

    def __init__(self, url: str, flag: str = "--artifacts") -> None:
        """Refuses a bucket that does not exist, before hours are spent on what cannot be stored.

        `flag` is what named the destination, for errors.
        """
        import boto3
        from botocore.exceptions import ClientError

        self.url = url.rstrip("/")
        self._flag = flag
        self._bucket, _, prefix = self.url.removeprefix("s3://").partition("/")
        self._base = f"{prefix}/" if prefix else ""
        with self._named():
            self._client: Any = boto3.client("s3")
            try:
                self._client.head_bucket(Bucket=self._bucket)
            except ClientError as error:
                # Who may write objects need not be allowed to look at the bucket: only its absence counts.
                if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                    raise ConfigurationError(f"the bucket {self._bucket!r} of {flag} {url} does not exist") from error

    def folder(self, folder: Path, name: str) -> str:
        """Write every file below `folder` as `name`/…, the manifest last; returns the address."""
        files = [path for path in folder.rglob("*") if path.is_file()]
        with self._named():
            for path in sorted(files, key=lambda path: (path.name == MANIFEST, path)):
                key = f"{self._base}{name}/{path.relative_to(folder).as_posix()}"
                self._client.upload_file(str(path), self._bucket, key)
        return f"{self.url}/{name}"

    def file(self, path: Path, name: str) -> None:
        """Write one file as `name`, with the type that a browser expects."""
        content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        with self._named():
            self._client.upload_file(
                str(path), self._bucket, f"{self._base}{name}", ExtraArgs={"ContentType": content_type}
            )

    def bundle(self, bundle: Path) -> str:
        """Write a bundle, alike where it is there already, then point CURRENT at it; returns its address."""
        address = self.folder(bundle, bundle.name)
        with self._named():
            self._client.put_object(Bucket=self._bucket, Key=f"{self._base}{CURRENT}", Body=f"{bundle.name}\n".encode())
        return address

    @contextmanager
    def _named(self) -> Iterator[None]:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (Boto3Error, BotoCoreError, ClientError) as error:
            raise ConfigurationError(f"{self._flag} {self.url} cannot be written: {error}") from error
