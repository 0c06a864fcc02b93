"""The text model for those who answer: compiled in full precision, where a function without a GPU finds it."""

from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError
from leadgen.text.spec import SPEC_FILE, TextModelSpec

from build_artifacts.models import prepare_text_model

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client


def hand_on_text_model(name: str, cache: Path, url: str) -> bool:
    """Put the compiled model below `url` (`s3://bucket/prefix/`); False where it is there already.

    Each vector space has a folder of its own, which runs name in the database: those of earlier quarters stay
    searchable, and nothing that is served changes under whoever has it open. The specification goes last: whoever
    finds it finds the other files.
    """
    folder = prepare_text_model(name, cache)
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    prefix += f"{TextModelSpec.read(folder).space}/"
    client = boto3.client("s3")
    spec = (folder / SPEC_FILE).read_bytes()
    if _object(client, bucket, f"{prefix}{SPEC_FILE}") == spec:
        return False
    files = sorted(path for path in folder.iterdir() if path.name != SPEC_FILE)
    for path in (*files, folder / SPEC_FILE):
        client.upload_file(str(path), bucket, f"{prefix}{path.name}")
    return True


def _object(client: "S3Client", bucket: str, key: str) -> bytes | None:
    try:
        return client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        # Who may not list a prefix is told 403, not 404, of an object that is absent.
        if error.response["Error"]["Code"] in ("NoSuchKey", "AccessDenied"):
            return None
        raise
