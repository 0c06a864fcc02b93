"""What the instance of the quarterly run may do: it reads transcripts, writes the database and stops itself."""

from collections.abc import Iterator
from urllib.parse import urlparse

from aws_cdk import Aws
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3_assets as assets

from cdk.access import Statement, write_logs
from cdk.names import Names, arn
from cdk.settings import Settings
from cdk.storing.database import WRITER

TEXT_MODEL = "topics/text-model/"
"""Below what the run puts the text model, compiled for a CPU, that answers embed questions with."""


def of_instance(
    settings: Settings,
    log_group_arn: str,
    source: assets.Asset,
    *,
    database: str,
    master_secret: str,
    key: kms.IKey | None,
) -> list[Statement]:
    """Every statement; `database` is what IAM calls the database, `master_secret` the ARN of its owner's secret."""
    names = Names(settings.prefix)
    return [
        write_logs(log_group_arn),
        *_session(),
        *_files(settings, names, source),
        *_database(settings, names, database, master_secret),
        Statement(
            "StopItself",
            "Sets its own group back to no instance when the run is complete or has failed for good.",
            ("autoscaling:SetDesiredCapacity",),
            [arn("autoscaling", f"autoScalingGroup:*:autoScalingGroupName/{names.topics_group}")],
        ),
        *_secret(settings),
        *_own_key(key),
    ]


def _session() -> Iterator[Statement]:
    """What Session Manager needs; AWS's own policy for it may read every parameter of the account.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
    """
    yield Statement(
        "BeReachable",
        "Session Manager in place of SSH: the agent opens its channels; AWS knows no narrower resource for them.",
        (
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ),
        ["*"],
    )
    yield Statement(
        "Register",
        "The agent tells Session Manager of its instance, whose id nobody knows before.",
        ("ssm:UpdateInstanceInformation",),
        [arn("ec2", "instance/*")],
    )


def _files(settings: Settings, names: Names, source: assets.Asset) -> Iterator[Statement]:
    prefix = settings.topics.input_prefix
    yield Statement(
        "ReadCode",
        "The code of this deployment, one object of the bucket that `cdk bootstrap` made.",
        ("s3:GetObject",),
        [f"{source.bucket.bucket_arn}/{source.s3_object_key}"],
    )
    own_model = settings.topics.text_model.startswith("s3://")
    yield Statement(
        "ReadTranscripts",
        "The transcripts, and a checkpoint that the settings place beside them; it cannot change them.",
        ("s3:GetObject",),
        names.objects(f"{prefix}*", *(["inputs/*"] if own_model else [])),
    )
    yield Statement(
        "ListTranscripts",
        "Finds the files below the prefixes that it reads or writes.",
        ("s3:ListBucket",),
        [names.bucket_arn],
        {"StringLike": {"s3:prefix": [f"{'inputs/' if own_model else prefix}*", f"{TEXT_MODEL}*"]}},
    )
    yield from _participants(settings.topics.flags.get("participants-path"))
    yield Statement(
        "HandOnTextModel",
        "Puts the text model where the function that answers finds it, and looks which one is there.",
        ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"),
        names.objects(f"{TEXT_MODEL}*"),
    )


def _participants(path: str | None) -> Iterator[Statement]:
    if path:
        place = urlparse(path)
        bucket, key = f"arn:{Aws.PARTITION}:s3:::{place.netloc}", place.path.lstrip("/").rstrip("/")
        yield Statement(
            "ReadParticipants",
            "Who took part in each call, in the place that topics.flags name; it cannot change it.",
            ("s3:GetObject",),
            [f"{bucket}/{key}*"],
        )
        yield Statement(
            "ListParticipants",
            "Finds the files of that place.",
            ("s3:ListBucket",),
            [bucket],
            {"StringLike": {"s3:prefix": [f"{key}*"]}},
        )


def _database(settings: Settings, names: Names, database: str, master_secret: str) -> Iterator[Statement]:
    yield Statement(
        "WriteDatabase",
        "Logs in to the database as its writer, who owns its tables and can make no users.",
        ("rds-db:connect",),
        [arn("rds-db", f"dbuser:{database}/{WRITER}")],
    )
    yield Statement(
        "PrepareDatabase",
        "Before each run it brings tables, users and the vector extension up to date, which only the owner may; RDS "
        "changes this password every week.",
        ("secretsmanager:GetSecretValue",),
        [master_secret],
    )
    if settings.data.database.stopped_between_runs:
        yield Statement(
            "WakeDatabase",
            "The database is stopped between runs; whoever needs it starts it and waits.",
            ("rds:DescribeDBInstances", "rds:StartDBInstance"),
            [arn("rds", f"db:{names.database}")],
        )


def _secret(settings: Settings) -> Iterator[Statement]:
    if settings.topics.llm_key_secret:
        yield Statement(
            "ReadModelKey",
            "The key of the language model, which the settings name.",
            ("secretsmanager:GetSecretValue",),
            [arn("secretsmanager", f"secret:{settings.topics.llm_key_secret}-??????")],
        )


def _own_key(key: kms.IKey | None) -> Iterator[Statement]:
    if key:
        yield Statement(
            "UseKey",
            "Bucket, log and the owner's secret are encrypted with the deployment's key.",
            ("kms:Decrypt", "kms:GenerateDataKey"),
            [key.key_arn],
        )
