"""The deployment that a rebuild belongs to: its bucket, its parameters, its repository."""

import json
import re
from dataclasses import dataclass

from leadgen.bundle import MANIFEST
from leadgen.errors import ConfigurationError

from .objects import Bucket, aws_errors
from .settings import RebuildSettings

ARTIFACTS, CACHES, REPORTS = "artifacts", "caches", "reports"
NONE = "none"
"""What CloudFormation writes into a parameter that nothing has been put into yet."""


@dataclass(frozen=True)
class Deployment:
    """`prefix` is that of the SSM parameters, without a slash at its end."""

    bucket: Bucket
    prefix: str

    @classmethod
    def of(cls, settings: RebuildSettings) -> "Deployment | None":
        """None where the settings name no bucket; raises ConfigurationError where they name only half of it."""
        if settings.data_bucket is None:
            return None
        if settings.parameter_prefix is None:
            raise ConfigurationError("LEADGEN_PARAMETER_PREFIX is not set; it goes with LEADGEN_DATA_BUCKET")
        return cls(Bucket(settings.data_bucket), settings.parameter_prefix.rstrip("/"))

    @property
    def artifacts(self) -> str:
        """Where bundles lie."""
        return f"s3://{self.bucket.name}/{ARTIFACTS}"

    def bundle_in_service(self) -> str | None:
        """The id of the bundle in service, None before the first."""
        import boto3
        from botocore.exceptions import ClientError

        name = f"{self.prefix}/in-service/bundle"
        with aws_errors(f"reading the parameter {name}"):
            try:
                value = boto3.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
            except ClientError as error:
                if error.response["Error"]["Code"] != "ParameterNotFound":
                    raise
                return None
        return None if value == NONE else value

    def manifest(self, bundle: str) -> bytes:
        """The manifest of a bundle, as it was written."""
        return self.bucket.read(f"{ARTIFACTS}/{bundle}/{MANIFEST}")

    def release(self, digest: str, bundle: str, build: str) -> None:
        """Write the candidate that a rollout takes up."""
        import boto3

        name = f"{self.prefix}/release"
        value = json.dumps({"digest": digest, "bundle": bundle, "build": build})
        with aws_errors(f"writing the parameter {name}"):
            boto3.client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)


def check_pushed(repository_uri: str, digest: str, tag: str) -> None:
    """Raises ConfigurationError unless the repository holds the image with this digest under this tag."""
    import boto3

    if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        raise ConfigurationError(f"{digest[:80]!r} is no digest of an image")
    repository = repository_uri.partition("/")[2]
    with aws_errors(f"looking up {digest} in {repository_uri}"):
        found = boto3.client("ecr").describe_images(repositoryName=repository, imageIds=[{"imageDigest": digest}])
    tags = [name for image in found["imageDetails"] for name in image.get("imageTags", ())]
    if tag not in tags:
        raise ConfigurationError(f"{repository_uri} holds {digest} without the tag {tag}: another build pushed it")
