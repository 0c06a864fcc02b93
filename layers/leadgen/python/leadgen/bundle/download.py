"""Copy a bundle out of s3:// into the temporary folder; what is there already is trusted by checksum only."""

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from leadgen.errors import BundleError

from .location import CURRENT, bundle_name
from .manifest import MANIFEST, Manifest
from .verify import problem

_STREAMS = 8


def download(url: str) -> Path:
    """The local copy of the bundle at `url`, or of the one that CURRENT there names.

    A file that was copied before is copied again unless its checksum is the manifest's. Raises BundleError naming
    the URL where there is no bundle or it cannot be read.
    """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = boto3.client("s3", config=Config(max_pool_connections=_STREAMS))
        return _download(client, url)
    except (BotoCoreError, ClientError) as error:
        raise BundleError(f"LEADGEN_BUNDLE_PATH={url} cannot be read: {error}") from error


def _download(client: Any, url: str) -> Path:
    # Who may not list a bucket is told 403, not 404, of an object that is absent.
    manifest = _read(client, f"{url}/{MANIFEST}", absent=("NoSuchKey", "AccessDenied"))
    if manifest is None:
        current = _read(client, f"{url}/{CURRENT}")
        if current is None:
            raise BundleError(f"LEADGEN_BUNDLE_PATH={url} holds neither {MANIFEST} nor {CURRENT}.")
        url = f"{url}/{bundle_name(current.decode('utf-8', 'replace').strip(), f'{url}/{CURRENT}')}"
        manifest = _read(client, f"{url}/{MANIFEST}")
        if manifest is None:
            raise BundleError(f"{url} holds no {MANIFEST}: it is no bundle. Build one with `leadgen indices`.")
    described = Manifest.parse(manifest, f"{url}/{MANIFEST}")
    target = Path(tempfile.gettempdir()) / "leadgen" / described.build_id
    stale = [name for name, entry in described.files.items() if problem(target / name, entry)]
    target.mkdir(parents=True, exist_ok=True)
    # Another process may be copying the same bundle: each works in a folder of its own.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".downloading-") as work:
        _copy(client, url, Path(work), stale)
        (Path(work) / MANIFEST).write_bytes(manifest)
        for name in (*stale, MANIFEST):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(work) / name).replace(target / name)
    return target


def _copy(client: Any, url: str, folder: Path, names: Sequence[str]) -> None:
    from botocore.exceptions import ClientError

    def fetch(name: str) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        bucket, key = _bucket_and_key(f"{url}/{name}")
        try:
            client.download_file(bucket, key, str(folder / name))
        except ClientError as error:
            raise BundleError(f"{url}/{name} cannot be read: {error}. Build the bundle again.") from error

    with ThreadPoolExecutor(_STREAMS) as pool:
        list(pool.map(fetch, names))


def _read(client: Any, url: str, absent: Sequence[str] = ("NoSuchKey",)) -> bytes | None:
    """The object, or None where the error's code is one of `absent`."""
    from botocore.exceptions import ClientError

    bucket, key = _bucket_and_key(url)
    try:
        content: bytes = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in absent:
            return None
        raise
    return content


def _bucket_and_key(url: str) -> tuple[str, str]:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key
