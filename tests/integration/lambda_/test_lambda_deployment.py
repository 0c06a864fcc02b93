"""The function as a deployment sets it up: authorised events only, a key out of Secrets Manager, metrics."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from functions.api.schemas.problem import Problem

LEAD = json.dumps({"bio": "Runs a bakery", "customer_id": "one", "email": "runs.a.bakery@gmail.com"})
MARKS: dict[tuple[str, str], dict[str, Any]] = {
    ("iam", "http"): {"authorizer": {"iam": {"userArn": "arn:aws:iam::123456789012:user/dana"}}},
    ("iam", "rest"): {"identity": {"userArn": "arn:aws:iam::123456789012:user/dana"}},
    ("jwt", "http"): {"authorizer": {"jwt": {"claims": {"sub": "dana"}, "scopes": None}}},
    ("jwt", "rest"): {"authorizer": {"claims": {"sub": "dana"}}},
    ("api_key", "rest"): {"identity": {"apiKey": "…", "apiKeyId": "k1"}},
}


@pytest.fixture(scope="module")
def aws(moto_endpoint: str) -> dict[str, str]:
    """Where AWS is, and how to be let in."""
    return {
        "AWS_ENDPOINT_URL": moto_endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "testing",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }


@pytest.fixture
def client(aws: dict[str, str]) -> Callable[[str], Any]:
    access = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "eu-west-1"}
    return lambda service: boto3.client(service, endpoint_url=aws["AWS_ENDPOINT_URL"], **access)


@pytest.mark.parametrize("authorizer", ["iam", "jwt", "api_key"])
def test_only_what_the_gateway_authorised_is_answered(
    run_function: Callable[..., Any], request: pytest.FixtureRequest, authorizer: str
) -> None:
    with run_function(LEADGEN_REQUIRE_AUTHORIZER=authorizer) as function:
        for (kind, shape), mark in MARKS.items():
            event = request.getfixturevalue(f"{shape}_event")("POST", "/score_lead", LEAD)
            refused = function.invoke(event)
            assert refused["statusCode"] == (401 if authorizer == "jwt" else 403)
            problem = Problem.model_validate_json(refused["body"])
            assert problem.request_id == refused["headers"]["x-request-id"]
            event["requestContext"] |= mark
            assert (function.invoke(event)["statusCode"] == 200) == (kind == authorizer), (kind, shape)


def test_the_document_says_who_may_ask(run_function: Callable[..., Any], http_event: Callable[..., Any]) -> None:
    with run_function(LEADGEN_REQUIRE_AUTHORIZER="iam") as function:
        event = http_event("GET", "/openapi.json")
        event["requestContext"] |= MARKS["iam", "http"]
        document = json.loads(function.invoke(event)["body"])
    assert document["security"] == [{"AwsSignature": []}]
    assert "403" in document["paths"]["/score_lead"]["post"]["responses"]


def test_the_digest_key_comes_from_secrets_manager(
    run_function: Callable[..., Any], http_event: Callable[..., Any], sample_bundle: Any, aws: dict[str, str],
    client: Callable[[str], Any], tmp_path: Any,
) -> None:  # fmt: skip
    key = (sample_bundle.artifacts / "digest.key").read_text().strip()
    secret = client("secretsmanager").create_secret(Name="leadgen-dev/digest-key", SecretString=key)["ARN"]
    # A link, beside which no key lies.
    (tmp_path / "bundle").symlink_to(sample_bundle.folder)
    settings = aws | {"LEADGEN_BUNDLE_PATH": str(tmp_path / "bundle"), "LEADGEN_DIGEST_KEY_SECRET": secret}
    with run_function(**settings) as function:
        assert function.invoke(http_event("POST", "/score_lead", LEAD))["statusCode"] == 200
        assert key not in function.log.read_text()


@pytest.mark.parametrize(
    ("secret", "change", "reason"),
    [
        ("absent", {}, "ResourceNotFoundException"),
        ("absent", {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "ConnectionRefusedError"),
        ("of-another-bundle", {}, "LEADGEN_DIGEST_KEY"),
    ],
)
def test_a_digest_key_that_cannot_be_used_is_one_line_in_the_log(
    run_function: Callable[..., Any], http_event: Callable[..., Any], aws: dict[str, str],
    client: Callable[[str], Any], secret: str, change: dict[str, str], reason: str,
) -> None:  # fmt: skip
    arn = f"arn:aws:secretsmanager:eu-west-1:123456789012:secret:{secret}"
    if secret == "of-another-bundle":
        arn = client("secretsmanager").create_secret(Name=secret, SecretString="x" * 32)["ARN"]
    with run_function(**aws | change | {"LEADGEN_DIGEST_KEY_SECRET": arn}) as function:
        assert "statusCode" not in function.invoke(http_event("GET", "/health"))
        log = function.log.read_text()
    (line,) = {line for line in log.splitlines() if line.startswith("leadgen: ")}
    assert reason in line
    assert "Traceback" not in log


def metrics(function: Any) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in function.log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if "_aws" in line]


def test_every_request_leaves_a_line_of_metrics(
    run_function: Callable[..., Any], http_event: Callable[..., Any], rest_event: Callable[..., Any],
    aws: dict[str, str], client: Callable[[str], Any],
) -> None:  # fmt: skip
    client("dynamodb").create_table(
        TableName="leads",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    settings = {"LEADGEN_METRICS": "emf", "LEADGEN_SERVICE": "leadgen-dev", "LEADGEN_DEDUP_TABLE": "leads"}
    with run_function(**aws | settings) as function:
        function.invoke(http_event("GET", "/companies/somebody-in-particular"))
        function.invoke(rest_event("POST", "/score_lead", LEAD))
        function.invoke(http_event("POST", "/score_lead", LEAD.replace('"one"', '"two"')))
        function.invoke(http_event("GET", "/health"))
        cold, scored, duplicate, health = metrics(function)
        assert "somebody-in-particular" not in function.log.read_text()
    assert (cold["ColdStarts"], cold["Route"], cold["Status"]) == (1, "/companies/{company_id}", 404)
    assert (scored["Service"], scored["Route"]) == ("leadgen-dev", "/score_lead")
    assert "ColdStarts" not in scored
    assert "Duplicates" not in scored
    assert duplicate["Duplicates"] == 1
    assert 50 < scored["MemoryUsed"] < 2000
    assert 0 <= scored["BundleAge"] < 24
    assert "Latency" not in health
