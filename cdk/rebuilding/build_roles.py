"""What builds may do, which run the code of others: that of bundle and image, and that of descriptions.

They write below prefixes of their own, so that neither can overwrite what the other made.
"""

from collections.abc import Iterator
from urllib.parse import urlparse

from aws_cdk import Aws
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3_assets as assets

from cdk.access import Statement
from cdk.names import Names, arn
from cdk.settings import Settings

_INPUTS, _DESCRIBED, _DESCRIPTIONS_CACHE = "inputs/*", "described/*", "caches/descriptions/*"
_BUILT = ("artifacts/*", "caches/embeddings/*", "caches/models/*")
_REPORTS = "reports/*"


def of_rebuild(settings: Settings, source: assets.Asset, key: kms.IKey | None) -> list[Statement]:
    """Builds the bundle, judges it, bakes and pushes the image."""
    names = Names(settings.prefix)
    described = (_DESCRIBED,) if settings.capabilities.descriptions else ()
    return [
        *_run(names, source),
        Statement(
            "ReadData",
            "Tables are read in the versions that were listed, the bundle in service and the caches as they are.",
            ("s3:GetObject", "s3:GetObjectVersion"),
            names.objects(_INPUTS, *described, *_BUILT),
        ),
        _list_data(names, _INPUTS, *described, *_BUILT, _REPORTS),
        Statement(
            "WriteResults",
            "Bundle, caches and report; the inputs it cannot change, and nothing can it delete.",
            ("s3:PutObject", "s3:AbortMultipartUpload"),
            names.objects(*_BUILT, _REPORTS),
        ),
        Statement(
            "LogInToRegistry",
            "Docker's login; AWS knows no narrower resource for this action.",
            ("ecr:GetAuthorizationToken",),
            ["*"],
        ),
        Statement(
            "PushImage",
            "Pushes the image to this one repository, whose tags cannot be moved, and looks up what arrived.",
            (
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:CompleteLayerUpload",
                "ecr:DescribeImages",
                "ecr:GetDownloadUrlForLayer",
                "ecr:InitiateLayerUpload",
                "ecr:PutImage",
                "ecr:UploadLayerPart",
            ),
            [names.repository_arn],
        ),
        Statement(
            "NameCandidate",
            "Writes the candidate; what is in service only the rollout changes.",
            ("ssm:PutParameter",),
            names.parameter_arns("release"),
        ),
        Statement(
            "ReadInService",
            "The quality gate compares with the bundle in service.",
            ("ssm:GetParameter",),
            names.parameter_arns("in-service/digest", "in-service/bundle"),
        ),
        Statement(
            "ReadDigestKey",
            "E-mail addresses enter the bundle as digests under this key.",
            ("secretsmanager:GetSecretValue",),
            [names.digest_key_arn],
        ),
        *_own_key(key),
        *_own_tables(list(settings.rebuild.flags.values())),
    ]


def of_describing(settings: Settings, source: assets.Asset, key: kms.IKey | None) -> list[Statement]:
    """Reads pages of strangers: it sees no customers, pushes no image and names no candidate."""
    names, table = Names(settings.prefix), settings.rebuild.flags.get("companies-input-path")
    own = [] if table else ["inputs/companies*"]
    return [
        *_run(names, source),
        Statement(
            "ReadCompanies",
            "The table of companies, and what earlier runs have found.",
            ("s3:GetObject",),
            names.objects(*own, _DESCRIPTIONS_CACHE),
        ),
        _list_data(names, *own, _DESCRIPTIONS_CACHE),
        Statement(
            "WriteDescriptions",
            "The described table with ledger and report, and what a next run goes on from; nothing can it delete.",
            ("s3:PutObject", "s3:AbortMultipartUpload"),
            names.objects(_DESCRIBED, _DESCRIPTIONS_CACHE),
        ),
        *_model_key(settings.descriptions.llm_key_secret),
        *_own_key(key),
        *_own_tables([table] if table else []),
    ]


def _run(names: Names, source: assets.Asset) -> Iterator[Statement]:
    yield Statement(
        "WriteLog",
        "Its own log group, which the data's stack made; it cannot make others.",
        ("logs:CreateLogStream", "logs:PutLogEvents"),
        [arn("logs", f"log-group:{names.build_log}:*")],
    )
    yield Statement(
        "ReadSource",
        "The code of this deployment, one object of the bucket that `cdk bootstrap` made.",
        ("s3:GetObject", "s3:GetObjectVersion"),
        [f"{source.bucket.bucket_arn}/{source.s3_object_key}"],
    )


def _list_data(names: Names, *prefixes: str) -> Statement:
    return Statement(
        "ListData",
        "Lists the versions below the prefixes that it reads or writes.",
        ("s3:ListBucket", "s3:ListBucketVersions"),
        [names.bucket_arn],
        {"StringLike": {"s3:prefix": sorted({prefix.rstrip("/*") + "*" for prefix in prefixes})}},
    )


def _model_key(secret: str | None) -> Iterator[Statement]:
    if secret:
        yield Statement(
            "ReadModelKey",
            "The key of the language model, which the settings name.",
            ("secretsmanager:GetSecretValue",),
            [secret],
        )


def _own_key(key: kms.IKey | None) -> Iterator[Statement]:
    if key:
        yield Statement(
            "UseKey",
            "Bucket, secret and log are encrypted with the deployment's key.",
            ("kms:Decrypt", "kms:GenerateDataKey"),
            [key.key_arn],
        )


def _own_tables(named: list[str]) -> Iterator[Statement]:
    """Tables that the settings place in other buckets."""
    places = [urlparse(value) for value in named if value.startswith("s3://")]
    if not places:
        return
    yield Statement(
        "ReadOwnTables",
        "Tables, pairs or a text model that rebuild.flags place in a bucket of the company's own.",
        ("s3:GetObject", "s3:GetObjectVersion"),
        [f"arn:{Aws.PARTITION}:s3:::{place.netloc}{place.path.rstrip('/')}*" for place in places],
    )
    yield Statement(
        "ListOwnTables",
        "Lists the files and versions of those tables.",
        ("s3:ListBucket", "s3:ListBucketVersions"),
        sorted({f"arn:{Aws.PARTITION}:s3:::{place.netloc}" for place in places}),
    )
