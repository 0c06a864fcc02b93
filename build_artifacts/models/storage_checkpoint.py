"""A checkpoint in object storage as a local one, downloaded once per content."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import fsspec
from leadgen.errors import ModelError

from build_artifacts.models.checkpoint import Checkpoint, copy_checkpoint
from build_artifacts.models.compiler import publish, slug


def storage_checkpoint(url: str, downloads: Path) -> Checkpoint:
    """Download the checkpoint in a folder such as `s3://bucket/models/e5-small-v2`.

    Raises:
        ModelError: the folder cannot be listed, or a required file is not in it.
    """
    url = url.rstrip("/")
    try:
        filesystem, root = fsspec.core.url_to_fs(url)
        filesystem.invalidate_cache()
        listing = filesystem.find(root, detail=True)
    except Exception as error:  # every storage library raises its own
        raise ModelError(f"{url} cannot be listed: {error}") from error
    name = url.rpartition("/")[2]
    folder = downloads / f"{slug(name)}-{_content_key(url, listing)}"
    if not folder.is_dir():
        downloads.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=downloads, prefix=".downloading-", ignore_cleanup_errors=True) as work:
            arriving = Path(work) / folder.name
            arriving.mkdir()
            copy_checkpoint(lambda file, to: _fetch(filesystem, listing, f"{root}/{file}", to), arriving, url)
            publish(arriving, folder)
    return Checkpoint(id=name, folder=folder, source=url)


def _content_key(url: str, listing: dict[str, dict[str, Any]]) -> str:
    """Changes when any file is written again: entity tags on S3, size and time elsewhere."""
    facts = [
        (name, entry.get("size"), str(entry.get("ETag") or entry.get("mtime")))
        for name, entry in sorted(listing.items())
    ]
    return hashlib.sha256(repr((url, facts)).encode()).hexdigest()[:16]


def _fetch(filesystem: Any, listing: dict[str, dict[str, Any]], remote: str, target: Path) -> bool:
    if remote not in listing:
        return False
    try:
        filesystem.get_file(remote, str(target))
    except Exception as error:
        raise ModelError(f"{remote} cannot be downloaded: {error}") from error
    return True
