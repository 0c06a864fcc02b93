"""Deletes images and bundles that nobody needs: none in use, none that may come back, none of the newest."""

import logging
import re
from datetime import datetime
from os import environ
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from types_boto3_s3.service_resource import Bucket

_log = logging.getLogger()
_ARTIFACTS, _CURRENT, _MANIFEST = "artifacts", "CURRENT", "manifest.json"
# A bundle is named by its content; what else lies there is not the rollout's to delete.
_FILE = re.compile(rf"{_ARTIFACTS}/([0-9a-f]{{16}})/.")
KEPT = 10
"""How many of the newest stay, unless the settings say otherwise."""


def prune_images(needed: set[str]) -> None:
    """All of the repository but the digests `needed`, those of the function's versions, and the newest."""
    repository = environ["LEADGEN_REPOSITORY"]
    pages = boto3.client("ecr").get_paginator("describe_images").paginate(repositoryName=repository)
    images = [image for page in pages for image in page["imageDetails"]]
    images.sort(key=lambda image: image["imagePushedAt"], reverse=True)
    old = [image["imageDigest"] for image in images[int(environ.get("LEADGEN_KEEP_IMAGES", KEPT)) :]]
    for digest in set(old) - needed - _digests_of_versions():
        # ECR itself refuses to delete what another image refers to, and says so in the answer.
        boto3.client("ecr").batch_delete_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])
        _log.info("image deleted", extra={"digest": digest})


def prune_bundles(needed: set[str]) -> None:
    """All of the bucket but the bundles `needed`, the one that `CURRENT` names, and the newest.

    The manifest goes first: whoever still finds it finds every file that it names.
    """
    bucket = boto3.resource("s3").Bucket(environ["LEADGEN_DATA_BUCKET"])
    written = _written(bucket)
    newest_first = sorted(written, key=lambda bundle: written[bundle], reverse=True)
    old = newest_first[int(environ.get("LEADGEN_KEEP_BUNDLES", KEPT)) :]
    for bundle in set(old) - needed - {_current(bucket)}:
        bucket.Object(f"{_ARTIFACTS}/{bundle}/{_MANIFEST}").delete()
        bucket.objects.filter(Prefix=f"{_ARTIFACTS}/{bundle}/").delete()
        _log.info("bundle deleted", extra={"bundle": bundle})


def _written(bucket: "Bucket") -> dict[str, datetime]:
    """When each bundle's last object came: its manifest, or whatever a build that is uploading it has put there."""
    written: dict[str, datetime] = {}
    for entry in bucket.objects.filter(Prefix=f"{_ARTIFACTS}/"):
        if file := _FILE.match(entry.key):
            written[file[1]] = max(written.get(file[1], entry.last_modified), entry.last_modified)
    return written


def _current(bucket: "Bucket") -> str:
    try:
        return bucket.Object(f"{_ARTIFACTS}/{_CURRENT}").get()["Body"].read().decode().strip()
    except ClientError as error:
        # Who may not list a whole bucket is told 403, not 404, of an object that is absent.
        if error.response["Error"]["Code"] in ("NoSuchKey", "AccessDenied"):
            return ""
        raise


def _digests_of_versions() -> set[str]:
    """Of every version of the API's function; Lambda needs the image again when it optimises or scales it anew."""
    function = environ.get("LEADGEN_FUNCTION")
    if not function:
        return set()
    client = boto3.client("lambda")
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    versions = [version["Version"] for page in pages for version in page["Versions"]]
    codes = [client.get_function(FunctionName=function, Qualifier=version)["Code"] for version in versions]
    named = [uri for code in codes for uri in (code.get("ImageUri", ""), code.get("ResolvedImageUri", ""))]
    return {name.rpartition("@")[2] for name in named}
