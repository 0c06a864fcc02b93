"""Transcripts that lie in S3, whole or in parts."""

from pathlib import Path

import pandas as pd
import pytest
from aiobotocore.client import AioBaseClient
from botocore.exceptions import ClientError
from leadgen.errors import InputError

from build_artifacts.topics.reading import TranscriptOptions, read_quarter


@pytest.fixture
def transcripts(tmp_path: Path) -> Path:
    """A file with three sentences of two firms, rows interleaved."""
    rows = {
        "companyid": ["b", "a", "b"],
        "quarter": ["2021Q3"] * 3,
        "position": [1, 0, 0],
        "text": ["Costs fell.", "Prices rose.", "Sales rose."],
    }
    pd.DataFrame(rows).to_parquet(tmp_path / "transcripts.parquet")
    return tmp_path / "transcripts.parquet"


def test_a_quarter_in_s3_is_the_same_as_on_disk(bucket, transcripts: Path, tmp_path: Path) -> None:
    bucket.upload_file(str(transcripts), "calls/whole.parquet")
    for part, rows in enumerate((slice(2, 3), slice(0, 2))):
        pd.read_parquet(transcripts)[rows].to_csv(tmp_path / "part.csv", index=False)
        bucket.upload_file(str(tmp_path / "part.csv"), f"parts/{part}.csv")

    expected = list(read_quarter(TranscriptOptions(str(transcripts)), "2021Q3"))

    assert [firm.texts for firm in expected] == [["Prices rose."], ["Sales rose.", "Costs fell."]]
    assert list(read_quarter(TranscriptOptions("s3://leads/calls/whole.parquet"), "2021Q3")) == expected
    assert list(read_quarter(TranscriptOptions("s3://leads/parts"), "2021Q3")) == expected


@pytest.fixture
def only_below(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Who may read and list only below prefixes is told 403 of each key that is none of `objects`.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    """
    call, objects = AioBaseClient._make_api_call, set()

    async def refuse(client, operation, parameters):
        if operation == "HeadObject" and parameters["Key"] not in objects:
            raise ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, operation)
        return await call(client, operation, parameters)

    monkeypatch.setattr(AioBaseClient, "_make_api_call", refuse)
    return objects


@pytest.mark.parametrize("path", ["calls", "calls/", "calls/2021/all.parquet"])
def test_who_may_only_read_below_a_folder_reads_it(bucket, transcripts: Path, only_below: set[str], path: str) -> None:
    bucket.upload_file(str(transcripts), "calls/2021/all.parquet")
    found = list(read_quarter(TranscriptOptions(f"s3://leads/{path}"), "2021Q3"))
    assert found == list(read_quarter(TranscriptOptions(str(transcripts)), "2021Q3"))


def test_a_file_that_came_after_its_folder_was_read_is_found(bucket, transcripts: Path) -> None:
    for name in ("calls/one.parquet", "calls/two.parquet"):
        bucket.upload_file(str(transcripts), name)
        assert list(read_quarter(TranscriptOptions(f"s3://leads/{name}"), "2021Q3"))


def test_a_file_whose_folder_may_not_be_listed_is_read(
    bucket, transcripts: Path, only_below: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call = AioBaseClient._make_api_call

    async def refuse(client, operation, parameters):
        if operation == "ListObjectsV2":
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}, operation)
        return await call(client, operation, parameters)

    monkeypatch.setattr(AioBaseClient, "_make_api_call", refuse)
    bucket.upload_file(str(transcripts), "calls/all.parquet")
    only_below.add("calls/all.parquet")
    assert list(read_quarter(TranscriptOptions("s3://leads/calls/all.parquet"), "2021Q3"))


def test_participants_in_s3_are_read(bucket, transcripts: Path, tmp_path: Path) -> None:
    rows = pd.read_parquet(transcripts).assign(doc_id="call", speaker="Ann Lee", companyid="a")
    rows.to_csv(tmp_path / "said.csv", index=False)
    people = tmp_path / "people.csv"
    pd.DataFrame({"doc_id": ["call"], "participant": ["Ann Lee--Chief Executive Officer"]}).to_csv(people, index=False)
    bucket.upload_file(str(people), "people/people.csv")

    options = TranscriptOptions(str(tmp_path / "said.csv"), "s3://leads/people/people.csv")

    assert set(read_quarter(options, "2021Q3").firm("a").speaker_types) == {"executive"}


def test_an_object_that_is_absent_is_named(bucket) -> None:
    with pytest.raises(InputError, match=r"s3://leads/none\.parquet does not exist"):
        read_quarter(TranscriptOptions("s3://leads/none.parquet"), "2021Q3")
