"""Claims of mailboxes against a DynamoDB over HTTP: one winner, idempotent retries, expiry, and outages."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from leadgen.duplicates import Claim, OnlineDuplicates, OnlineDuplicatesUnavailableError
from leadgen.errors import ConfigurationError

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

KEY = "a secret of sufficient length"
TABLE = "duplicates"
LEADS = 16


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch, moto_endpoint: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", moto_endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


@pytest.fixture
def client(moto_endpoint: str) -> Iterator["DynamoDBClient"]:
    client = boto3.client("dynamodb", config=Config(max_pool_connections=LEADS))
    client.create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield client
    client.delete_table(TableName=TABLE)
    client.close()


def test_one_of_many_concurrent_leads_wins_and_the_others_learn_who(client: "DynamoDBClient") -> None:
    online = OnlineDuplicates(TABLE, KEY, ttl_seconds=60, client=client)
    gate = Barrier(LEADS)

    def claim(number: int) -> Claim | None:
        gate.wait()
        return online.claim_email("dana@acme.example", f"lead-{number}")

    with ThreadPoolExecutor(LEADS) as pool:
        claims = list(pool.map(claim, range(LEADS)))
    winners = [claim for claim in claims if claim is not None and claim.won]
    assert len(winners) == 1
    assert {claim.holder for claim in claims if claim is not None} == {winners[0].holder}


def test_a_retry_of_the_same_lead_is_no_duplicate(client: "DynamoDBClient") -> None:
    online = OnlineDuplicates(TABLE, KEY, ttl_seconds=60, client=client)
    assert online.claim_email("dana+a@gmail.com", "lead-1") is not None
    again = online.claim_email("d.ana@googlemail.com", "lead-1")
    assert again is not None
    assert again.won
    other = online.claim_email("dana@gmail.com", "lead-2")
    assert other == Claim(won=False, holder="lead-1", expires_at=again.expires_at)


def test_an_expired_claim_that_dynamodb_still_holds_is_free(client: "DynamoDBClient") -> None:
    online = OnlineDuplicates(TABLE, KEY, ttl_seconds=60, client=client)
    digest = online.digest("dana@acme.example")
    assert digest is not None
    client.put_item(
        TableName=TABLE,
        Item={"pk": {"S": digest.hex()}, "lead_id": {"S": "old"}, "expires_at": {"N": "1000"}},
    )
    assert online.claim(digest, "new").won


def test_role_and_unusable_addresses_are_not_claimed(client: "DynamoDBClient") -> None:
    online = OnlineDuplicates(TABLE, KEY, ttl_seconds=60, client=client)
    assert online.claim_email("info@acme.example", "lead-1") is None
    assert online.claim_email("nonsense", "lead-1") is None
    assert client.scan(TableName=TABLE)["Count"] == 0


def test_no_address_is_stored(client: "DynamoDBClient") -> None:
    OnlineDuplicates(TABLE, KEY, ttl_seconds=60, client=client).claim_email("dana@acme.example", "lead-1")
    (item,) = client.scan(TableName=TABLE)["Items"]
    assert set(item) == {"pk", "lead_id", "expires_at"}
    assert "dana" not in str(item)


def test_a_missing_table_is_a_typed_error_that_names_the_setting() -> None:
    online = OnlineDuplicates("absent", KEY, ttl_seconds=60)
    with pytest.raises(OnlineDuplicatesUnavailableError, match="LEADGEN_DEDUP_TABLE"):
        online.claim_email("dana@acme.example", "lead-1")


def test_an_unreachable_endpoint_is_a_typed_error_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://127.0.0.1:{port}")
    online = OnlineDuplicates(TABLE, KEY, ttl_seconds=60)
    with pytest.raises(OnlineDuplicatesUnavailableError):
        online.claim_email("dana@acme.example", "lead-1")


def test_settings_that_cannot_work_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError):
        OnlineDuplicates("", KEY, ttl_seconds=60)
    with pytest.raises(ConfigurationError):
        OnlineDuplicates(TABLE, KEY, ttl_seconds=0)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(ConfigurationError, match="LEADGEN_DEDUP_TABLE"):
        OnlineDuplicates(TABLE, KEY, ttl_seconds=60)
