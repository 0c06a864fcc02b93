"""An AWS account on moto's own server, as a deployment leaves it, and what it tells people."""

import json
from typing import Any

import boto3
from moto.codebuild.models import codebuild_backends

NAME, PREFIX, REGION = "leadgen-dev", "/leadgen-dev", "eu-west-1"
BUCKET, PROJECT = "leadgen-dev-data", "leadgen-dev-rebuild"
ROLE = "arn:aws:iam::123456789012:role/any"
OLD = {"digest": "sha256:" + "0" * 64, "bundle": "bundle-0"}
NEW = {"digest": "sha256:" + "1" * 64, "bundle": "bundle-1"}
NEWER = {"digest": "sha256:" + "2" * 64, "bundle": "bundle-2"}


class Account:
    """Parameters as CloudFormation creates them; notices arrive in a queue."""

    def __init__(self) -> None:
        self.ssm, self.s3, self.sqs = boto3.client("ssm"), boto3.client("s3"), boto3.client("sqs")
        for name, value in {
            "release": "{}",
            "rollout": "{}",
            "in-service/digest": "none",
            "in-service/bundle": "none",
        }.items():
            self.ssm.put_parameter(Name=f"{PREFIX}/{name}", Value=value, Type="String")
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self._create_project()
        self.topic = boto3.client("sns").create_topic(Name="notices")["TopicArn"]
        self._queue = self.sqs.create_queue(QueueName="notices")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        boto3.client("sns").subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)
        boto3.client("ecr").create_repository(repositoryName=NAME)

    def _create_project(self) -> None:
        boto3.client("codebuild").create_project(
            name=PROJECT,
            source={"type": "S3", "location": f"{BUCKET}/source.zip"},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={"type": "ARM_CONTAINER", "image": "any", "computeType": "BUILD_GENERAL1_SMALL"},
            serviceRole=ROLE,
        )

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
        found: list[tuple[str, str]] = []
        while messages := self.sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                body = json.loads(message["Body"])
                found.append((body["Subject"], body["Message"]))
                self.sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    def builds(self) -> list[dict[str, Any]]:
        return codebuild_backends["123456789012"][REGION].build_metadata_history[PROJECT]


def environment(build: dict[str, Any]) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in build["environment"]["environmentVariables"]}


def ended(build: dict[str, Any], status: str) -> dict[str, Any]:
    """Ends a build; CodeBuild's event of it."""
    build["buildStatus"] = status
    return {
        "version": "0",
        "source": "aws.codebuild",
        "detail-type": "CodeBuild Build State Change",
        "account": "123456789012",
        "region": REGION,
        "resources": [build["arn"]],
        "detail": {"build-status": status, "project-name": PROJECT, "build-id": build["arn"]},
    }
