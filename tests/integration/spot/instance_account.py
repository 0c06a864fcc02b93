"""An account of AWS, as moto imitates it: the group, the log, the secret and the code."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import httpx
import pytest
from metadata_service import MetadataService

REGION, GROUP, LOG, BUCKET, CODE = "eu-west-1", "leadgen-dev-topics", "/leadgen-dev/topics", "data", "assets"


@contextmanager
def an_account(endpoint: str, metadata: MetadataService, code_asset: Path) -> Iterator[dict[str, str]]:
    """All of moto's servers in a process share what they hold, so nothing is left of it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("LEADGEN_", "AWS_"))]:
            patch.delenv(name)
        settings = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": REGION,
        }
        for name, value in settings.items():
            patch.setenv(name, value)
        yield _fill(code_asset)
    httpx.post(f"{endpoint}/moto-api/reset").raise_for_status()


def _fill(code_asset: Path) -> dict[str, str]:
    place = {"LocationConstraint": REGION}
    for bucket in (BUCKET, CODE):
        boto3.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    boto3.client("s3").upload_file(str(code_asset), CODE, "code.zip")
    boto3.client("logs").create_log_group(logGroupName=LOG)
    owner = json.dumps({"username": "postgres", "password": "p@ss:/word"})
    secret = boto3.client("secretsmanager").create_secret(Name="rds!db-1", SecretString=owner)
    _create_group()
    return {
        "PYTHONPATH": "layers/leadgen/python",
        "AWS_DEFAULT_REGION": REGION,
        "LEADGEN_CODE": f"s3://{CODE}/code.zip",
        "LEADGEN_GROUP": GROUP,
        "LEADGEN_MAX_SECONDS": "600",
        "LEADGEN_LOG_GROUP": LOG,
        "LEADGEN_DATABASE_URL": "rds-iam://leadgen_writer@db.example.com:5432/topics?region=eu-west-1&sslrootcert=ca.pem",
        "LEADGEN_DATABASE_MASTER_SECRET": secret["ARN"],
        "LEADGEN_INPUT": f"s3://{BUCKET}/inputs/transcripts",
        "LEADGEN_QUARTER": "2026Q3",
        "LEADGEN_TEXT_MODEL": "hashing",
        "LEADGEN_TEXT_MODEL_OUTPUT": f"s3://{BUCKET}/topics/text-model/",
        "LEADGEN_FLAGS": '{"clusterer": "graph"}',
    }


def _create_group() -> None:
    """With an instance, as after the schedule; moto starts one."""
    client = boto3.client("autoscaling")
    client.create_launch_configuration(
        LaunchConfigurationName="run", ImageId="ami-12c6146b", InstanceType="g4dn.2xlarge"
    )
    client.create_auto_scaling_group(
        AutoScalingGroupName=GROUP, LaunchConfigurationName="run", MinSize=0, MaxSize=1, DesiredCapacity=1,
        AvailabilityZones=[f"{REGION}a"],
    )  # fmt: skip
