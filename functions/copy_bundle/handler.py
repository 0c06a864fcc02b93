"""Custom resource `Custom::Bundle`: the bundle in service, copied from S3 to the file system that the API mounts.

A zip function that needs boto3 only; the zip holds this folder, its handler is `copy_bundle.handler.handler`. It
mounts the file system writably. A copy that was cut short is gone on with, by the same request delivered again.

Environment: `LEADGEN_DATA_BUCKET`, `LEADGEN_MOUNT` (`/mnt/bundles`). Properties of the resource: `Bundle`, the id of a
bundle below `artifacts/` in the bucket, and `Digest`, that of the image that comes with it: a build from unchanged
tables has the id of the one before, and only a manifest that says when. The bundle in service before the update stays
beside it, all others go.

The answer goes to a signed address of S3, which a gateway endpoint reaches from a private subnet
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html).
"""

import hashlib
import json
import logging
import re
import shutil
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from os import environ
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

_log = logging.getLogger()
_log.setLevel(logging.INFO)
_MANIFEST = "manifest.json"
_STREAMS = 8
_MOST_REASON = 800
_s3 = cache(lambda: boto3.client("s3", config=Config(max_pool_connections=_STREAMS)))
_BUNDLE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]*")


class CopyError(Exception):
    """The bundle cannot be copied; the message names the object."""


def handler(event: dict[str, Any], _context: Any) -> None:
    """Answers CloudFormation in any case. Raises only what the answer itself meets."""
    try:
        if event["RequestType"] != "Delete":
            _provide(event)
    except Exception as error:  # noqa: BLE001 - without an answer CloudFormation waits for an hour
        _log.exception("not copied")
        _answer(event, "FAILED", f"{type(error).__name__}: {error}")
    else:
        _answer(event, "SUCCESS")


def _provide(event: dict[str, Any]) -> None:
    mount = Path(environ.get("LEADGEN_MOUNT", "/mnt/bundles"))
    bundle = str(event["ResourceProperties"]["Bundle"])
    if not _BUNDLE.fullmatch(bundle):
        raise CopyError(f"{bundle!r} is no id of a bundle.")
    manifest = _object(f"{bundle}/{_MANIFEST}")
    if (mount / bundle).exists():
        _renew(mount / bundle / _MANIFEST, manifest)
    else:
        _copy(mount, bundle, manifest)
    before = str(event.get("OldResourceProperties", {}).get("Bundle", bundle))
    _remove_others(mount, {bundle, before})


def _renew(path: Path, manifest: bytes) -> None:
    """The id is a hash of all that the manifest says but for when it was built: every other file is as before."""
    if path.read_bytes() == manifest:
        return
    written = path.with_name(f".{_MANIFEST}")
    written.write_bytes(manifest)
    written.replace(path)


def _copy(mount: Path, bundle: str, manifest: bytes) -> None:
    """Into a folder that is renamed when it is whole; of one that was begun, whole files are kept."""
    work = mount / f".copying-{bundle}"
    work.mkdir(parents=True, exist_ok=True)
    files: Mapping[str, Mapping[str, Any]] = json.loads(manifest)["files"]
    outside = [name for name in files if name.startswith("/") or ".." in name.split("/")]
    if outside:
        raise CopyError(f"{bundle}/{_MANIFEST} names {outside[0]!r}, a file outside the bundle.")
    with ThreadPoolExecutor(_STREAMS) as pool:
        list(pool.map(lambda name: _fetch(bundle, name, work / name, files[name]["sha256"]), files))
    (work / _MANIFEST).write_bytes(manifest)
    work.rename(mount / bundle)
    _log.info("copied", extra={"bundle": bundle, "files": len(files)})


def _fetch(bundle: str, name: str, path: Path, sha256: str) -> None:
    if path.is_file() and _sha256(path) == sha256:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    _s3().download_file(environ["LEADGEN_DATA_BUCKET"], f"artifacts/{bundle}/{name}", str(path))
    if _sha256(path) != sha256:
        path.unlink()
        raise CopyError(
            f"artifacts/{bundle}/{name} has not the SHA-256 that {_MANIFEST} lists. Build the bundle again."
        )


def _object(key: str) -> bytes:
    stored = _s3().get_object(Bucket=environ["LEADGEN_DATA_BUCKET"], Key=f"artifacts/{key}")
    return stored["Body"].read()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove_others(mount: Path, kept: set[str]) -> None:
    """Bundles and what was left of copies; functions that still run hold the files of the two that stay."""
    for folder in mount.iterdir():
        if folder.is_dir() and folder.name not in kept:
            shutil.rmtree(folder)
            _log.info("removed", extra={"bundle": folder.name})


def _answer(event: dict[str, Any], status: str, reason: str = "") -> None:
    """To a signed address of S3, which must see no content type; it takes 4096 bytes."""
    logical = event["LogicalResourceId"]
    body = {
        "Status": status,
        "Reason": reason[:_MOST_REASON],
        # Of the resource's name alone: another identifier after an update would delete the resource.
        "PhysicalResourceId": event.get("PhysicalResourceId", f"bundle-{logical}"),
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": logical,
        "Data": {"Bundle": event["ResourceProperties"].get("Bundle", "")},
    }
    url = event["ResponseURL"]
    if not url.startswith("https://"):
        raise ValueError("CloudFormation's ResponseURL is no https address.")
    content = json.dumps(body, ensure_ascii=False).encode()
    request = urllib.request.Request(url, content, {"Content-Type": ""}, method="PUT")  # noqa: S310
    urllib.request.urlopen(request, timeout=30).close()  # noqa: S310
