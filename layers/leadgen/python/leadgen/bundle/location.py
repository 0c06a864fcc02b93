"""Find the bundle to serve: a bundle folder, a folder of bundles with its CURRENT, or the same under s3://."""

import tempfile
from pathlib import Path

from leadgen.errors import BundleError

from .manifest import MANIFEST

CURRENT = "CURRENT"
"""A file that holds the name of the bundle in service; written anew by rename, so it never points nowhere."""


def locate(path: str) -> Path:
    """The local folder of the bundle at `path`; `s3://bucket/prefix` is copied below the temporary folder first.

    Raises BundleError where there is none.
    """
    if path.startswith("s3://"):
        return _copy_from_s3(path.rstrip("/"))
    folder = Path(path)
    if (folder / MANIFEST).is_file():
        return folder
    try:
        name = (folder / CURRENT).read_text("utf-8").strip()
    except OSError as error:
        raise BundleError(
            f"LEADGEN_BUNDLE_PATH={path} holds neither {MANIFEST} nor {CURRENT}. Build a bundle with `leadgen indices`."
        ) from error
    return folder / name


def _copy_from_s3(url: str) -> Path:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    client = boto3.client("s3")
    try:
        keys = _keys(client, bucket, f"{prefix}/")
        if MANIFEST not in keys:
            if CURRENT not in keys:
                raise BundleError(f"LEADGEN_BUNDLE_PATH={url} holds neither {MANIFEST} nor {CURRENT}.")
            name = client.get_object(Bucket=bucket, Key=f"{prefix}/{CURRENT}")["Body"].read().decode().strip()
            return _copy_from_s3(f"{url}/{name}")
        target = Path(tempfile.gettempdir()) / "leadgen" / prefix.rsplit("/", 1)[-1]
        for key, size in keys.items():
            local = target / key
            if not (local.is_file() and local.stat().st_size == size):
                local.parent.mkdir(parents=True, exist_ok=True)
                partial = local.with_name(f"{local.name}.partial")
                client.download_file(bucket, f"{prefix}/{key}", str(partial))
                partial.rename(local)
    except (BotoCoreError, ClientError) as error:
        raise BundleError(f"LEADGEN_BUNDLE_PATH={url} cannot be read: {error}") from error
    return target


def _keys(client: "object", bucket: str, prefix: str) -> dict[str, int]:
    """Keys under the prefix, relative to it, with their sizes; objects of nested bundles are left out."""
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)  # type: ignore[attr-defined]
    found = {o["Key"].removeprefix(prefix): o["Size"] for page in pages for o in page.get("Contents", [])}
    return found if MANIFEST in found else {key: size for key, size in found.items() if "/" not in key}
