"""Duplicates between rebuilds over HTTP, with a DynamoDB over HTTP behind."""

from collections.abc import Callable
from typing import Any

import boto3
import httpx
import pytest

ACCESS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "eu-west-1"}
LEAD = {"bio": "Runs a bakery", "email": "Baker.Street+x@gmail.com"}


@pytest.fixture(scope="module")
def settings(moto_endpoint: str) -> dict[str, str]:
    client = boto3.client(
        "dynamodb",
        endpoint_url=moto_endpoint,
        region_name="eu-west-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    client.create_table(
        TableName="leads",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.close()
    return ACCESS | {"AWS_ENDPOINT_URL_DYNAMODB": moto_endpoint, "LEADGEN_DEDUP_TABLE": "leads"}


def test_the_second_lead_with_a_mailbox_is_a_duplicate_of_the_first(
    serve: Callable[..., Any], settings: dict[str, str]
) -> None:
    with serve(**settings) as server, httpx.Client(base_url=server.url, timeout=30) as client:
        first = client.post("/score_lead", json=LEAD | {"customer_id": "one"}).json()
        assert first["online_duplicates"] == "checked"
        assert first["duplicate"] is None
        second = client.post("/score_lead", json=LEAD | {"customer_id": "two", "email": "bakerstreet@gmail.com"}).json()
        assert second["duplicate"] == {"customer_id": "one", "rule": "online", "record": None}
        assert second["S_look"] is None
        again = client.post("/score_lead", json=LEAD | {"customer_id": "one"}).json()
        assert again["S_look"] == first["S_look"]
        assert client.post("/score_lead", json={"bio": "x"}).json()["online_duplicates"] == "not_needed"


def test_without_the_table_leads_are_scored_and_told_so(serve: Callable[..., Any], settings: dict[str, str]) -> None:
    with serve(**settings | {"LEADGEN_DEDUP_TABLE": "absent"}) as server:
        answer = httpx.post(f"{server.url}/score_lead", json=LEAD, timeout=30).json()
        assert answer["online_duplicates"] == "unavailable"
        assert answer["S_look"] is not None
