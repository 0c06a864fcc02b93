"""An AWS account on moto's own server, as a deployment leaves it, and what it tells people."""

import json
from typing import Any

import boto3
from aws.builds import create_project
from aws.notices import Notices

NAME, PREFIX, REGION = "leadgen-dev", "/leadgen-dev", "eu-west-1"
BUCKET = "leadgen-dev-data"
OLD = {"digest": "sha256:" + "0" * 64, "bundle": "bundle-0"}
NEW = {"digest": "sha256:" + "1" * 64, "bundle": "bundle-1"}
NEWER = {"digest": "sha256:" + "2" * 64, "bundle": "bundle-2"}


class Account:
    """Parameters as CloudFormation creates them; notices arrive in a queue."""

    def __init__(self) -> None:
        self.ssm, self.s3 = boto3.client("ssm"), boto3.client("s3")
        for name, value in {
            "release": "{}",
            "rollout": "{}",
            "in-service/digest": "none",
            "in-service/bundle": "none",
        }.items():
            self.ssm.put_parameter(Name=f"{PREFIX}/{name}", Value=value, Type="String")
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        create_project()
        self._notices = Notices()
        self.topic = self._notices.topic
        boto3.client("ecr").create_repository(repositoryName=NAME)

    def read(self, name: str) -> Any:
        """A parameter; what is JSON is parsed."""
        value = self.ssm.get_parameter(Name=f"{PREFIX}/{name}")["Parameter"]["Value"]
        return json.loads(value) if value.startswith("{") else value

    def write(self, name: str, value: Any) -> None:
        text = value if isinstance(value, str) else json.dumps(value)
        self.ssm.put_parameter(Name=f"{PREFIX}/{name}", Value=text, Overwrite=True)

    @property
    def in_service(self) -> dict[str, str]:
        return {name: self.read(f"in-service/{name}") for name in ("digest", "bundle")}

    def put_in_service(self, release: dict[str, str]) -> None:
        for name, value in release.items():
            self.write(f"in-service/{name}", value)

    def notices(self) -> list[tuple[str, str]]:
        """Subject and text of those that came since this was last asked."""
        return self._notices.received()
