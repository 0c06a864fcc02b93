"""An AWS account with what the Data and Rebuild stacks make of it, on a moto server."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

REGION = "eu-west-1"
NAME = "leadgen-dev"
BUCKET = "leadgen-dev-data"
REPOSITORY = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/{NAME}"
SECRET = "the secret of the digests, never to be seen"
BEFORE = {"release": "{}", "in-service/bundle": "none", "in-service/digest": "none", "rollout": "{}"}


@dataclass(frozen=True)
class Account:
    """Clients of one account; `endpoint` is where every AWS client of a build is sent."""

    endpoint: str

    @classmethod
    def create(cls, endpoint: str) -> "Account":
        account = cls(endpoint)
        account.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        account.client("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        account.client("ecr").create_repository(repositoryName=NAME, imageTagMutability="IMMUTABLE")
        for name, value in BEFORE.items():
            account.client("ssm").put_parameter(Name=f"/{NAME}/{name}", Value=value, Type="String")
        return account

    def remove(self) -> None:
        for entry in boto3.resource("s3", **self._where).Bucket(BUCKET).object_versions.all():
            entry.delete()
        self.client("s3").delete_bucket(Bucket=BUCKET)
        self.client("ecr").delete_repository(repositoryName=NAME, force=True)
        self.client("ssm").delete_parameters(Names=[f"/{NAME}/{name}" for name in BEFORE])

    @property
    def _where(self) -> dict[str, str]:
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        return {"endpoint_url": self.endpoint, "region_name": REGION, **keys}

    @property
    def environment(self) -> dict[str, str]:
        """What the CodeBuild project puts into a build's environment."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "LEADGEN_DATA_BUCKET": BUCKET,
            "LEADGEN_PARAMETER_PREFIX": f"/{NAME}",
            "LEADGEN_REPOSITORY_URI": REPOSITORY,
            "LEADGEN_DIGEST_KEY": SECRET,
            "LEADGEN_INPUT_PATH": f"s3://{BUCKET}/inputs/customers",
            "LEADGEN_COMPANIES_INPUT_PATH": f"s3://{BUCKET}/inputs/companies",
            "LEADGEN_COMPANIES_SIMILAR_BY": "industry",
            "LEADGEN_TEXT_MODEL": "hashing",
            "LEADGEN_THREADS": "1",
        }

    def client(self, service: str) -> Any:
        return boto3.client(service, **self._where)

    def put(self, path: Path, key: str) -> None:
        self.client("s3").upload_file(str(path), BUCKET, key)

    def put_tables(self, folder: Path) -> None:
        """Customers and companies, as a user uploads them; the version before stays as the bucket's history."""
        for table in ("customers", "companies"):
            self.put(folder / f"{table}.parquet", f"inputs/{table}/part-0.parquet")

    def read(self, key: str) -> bytes:
        return self.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def document(self, key: str) -> Any:
        return json.loads(self.read(key))

    def keys(self, prefix: str) -> list[str]:
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", ())]

    def delete(self, prefix: str) -> None:
        for key in self.keys(prefix):
            self.client("s3").delete_object(Bucket=BUCKET, Key=key)

    def parameter(self, name: str) -> str:
        return self.client("ssm").get_parameter(Name=f"/{NAME}/{name}")["Parameter"]["Value"]

    def set_parameter(self, name: str, value: str) -> None:
        self.client("ssm").put_parameter(Name=f"/{NAME}/{name}", Value=value, Type="String", Overwrite=True)

    @property
    def release(self) -> dict[str, str]:
        return json.loads(self.parameter("release"))

    def roll_out(self) -> None:
        """What the rollout does of interest here: the release is in service from now on."""
        for name in ("digest", "bundle"):
            self.set_parameter(f"in-service/{name}", self.release[name])

    def images(self) -> dict[str, list[str]]:
        """Tags by digest."""
        found = self.client("ecr").describe_images(repositoryName=NAME)["imageDetails"]
        return {image["imageDigest"]: sorted(image["imageTags"]) for image in found}

    def production(self) -> dict[str, Any]:
        """All that a refused build must leave as it is."""
        return {
            "parameters": {name: self.parameter(name) for name in BEFORE},
            "artifacts": {key: self.read(key) for key in self.keys("artifacts/")},
            "images": self.images(),
        }
