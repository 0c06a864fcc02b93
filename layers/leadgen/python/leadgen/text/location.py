"""Find a compiled text model: its folder, or the same below s3://, which is copied to the temporary folder."""

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leadgen.errors import ModelError
from leadgen.text.spec import SPEC_FILE, TextModelSpec

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client


def locate_text_model(path: str, space: str | None = None) -> Path:
    """The local folder of the text model at `path`, or of the one for vectors of `space` that lies below it by name.

    Raises ModelError where `s3://` holds neither or cannot be read.
    """
    path = path.rstrip("/") or path
    if path.startswith("s3://"):
        return _download(path, space)
    below = Path(path) / (space or "")
    return below if (below / SPEC_FILE).is_file() else Path(path)


def compiled_models(path: str) -> list[str]:
    """Where the text models at `path` lie: `path` itself, or else every folder right below it that holds one, by name.

    Raises ModelError where there is none, or `s3://` cannot be read.
    """
    path = path.rstrip("/") or path
    below = _models_in_bucket if path.startswith("s3://") else _models_in_folder
    found = sorted(below(path))
    if not found:
        raise ModelError(f"{path} holds no compiled text model: no {SPEC_FILE} lies there, or in a folder below it")
    return found


def _models_in_folder(path: str) -> list[str]:
    if (Path(path) / SPEC_FILE).is_file():
        return [path]
    return [str(spec.parent) for spec in Path(path).glob(f"*/{SPEC_FILE}")]


def _models_in_bucket(url: str) -> list[str]:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    try:
        client = boto3.client("s3")
        if _is_there(client, bucket, f"{prefix}/{SPEC_FILE}"):
            return [url]
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/", Delimiter="/")
        folders = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", ())]
        found = [folder for folder in folders if _is_there(client, bucket, folder + SPEC_FILE)]
    except (BotoCoreError, ClientError) as error:
        raise ModelError(f"{url} cannot be read: {error}") from error
    return [f"s3://{bucket}/{folder.rstrip('/')}" for folder in found]


def _is_there(client: "S3Client", bucket: str, key: str) -> bool:
    return client.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)["KeyCount"] > 0


def _download(url: str, space: str | None) -> Path:
    """A copy that is complete or absent; one that was made before is taken if its specification is still the same."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    places = Path(tempfile.gettempdir()) / "leadgen" / "models"
    places.mkdir(parents=True, exist_ok=True)
    try:
        client = boto3.client("s3")
        with tempfile.TemporaryDirectory(dir=places, prefix=".downloading-") as work:
            folder = Path(work) / "model"
            folder.mkdir()
            prefix = _first_with_spec(client, bucket, [f"{prefix}/{space}", prefix] if space else [prefix], folder)
            spec = TextModelSpec.read(folder)
            target = places / hashlib.sha256((folder / SPEC_FILE).read_bytes()).hexdigest()[:32]
            if not target.is_dir():
                for name in spec.files:
                    client.download_file(bucket, f"{prefix}/{name}", str(folder / name))
                _place(folder, target)
    except (BotoCoreError, ClientError) as error:
        raise ModelError(f"{url} cannot be read as a text model: {error}") from error
    return target


def _first_with_spec(client: "S3Client", bucket: str, prefixes: Sequence[str], folder: Path) -> str:
    """The first of the prefixes that holds a specification, which is copied; raises what the last one answers."""
    from botocore.exceptions import ClientError

    *others, last = prefixes
    for prefix in others:
        try:
            client.download_file(bucket, f"{prefix}/{SPEC_FILE}", str(folder / SPEC_FILE))
        except ClientError as error:
            # Who may not list a bucket is told 403, not 404, of an object that is absent.
            if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (403, 404):
                raise
        else:
            return prefix
    client.download_file(bucket, f"{last}/{SPEC_FILE}", str(folder / SPEC_FILE))
    return last


def _place(folder: Path, target: Path) -> None:
    try:
        folder.rename(target)
    except OSError:
        # Another process was quicker.
        if not target.is_dir():
            raise
