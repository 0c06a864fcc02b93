"""The function out of the context that a rebuild leaves, with what its Dockerfile installs, and nothing else."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from functions.api.schemas.health import Health
from functions.api.schemas.scored import ScoredLead

LEAD = json.dumps({"bio": "Builds data platforms", "industry": "Software", "web_activity_score": 70})
IAM = {
    "http": {"authorizer": {"iam": {"userArn": "arn:aws:iam::123456789012:user/dana"}}},
    "rest": {"identity": {"userArn": "arn:aws:iam::123456789012:user/dana"}},
}


@pytest.fixture
def deployed(run_image: Callable[..., Any], moto_endpoint: str) -> Any:
    """With the settings of a deployment: its secret in Secrets Manager, authorised by IAM, with metrics."""
    from account import SECRET

    aws = {
        "AWS_ENDPOINT_URL": moto_endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "eu-west-1",
    }
    client = boto3.client(
        "secretsmanager",
        "eu-west-1",
        endpoint_url=aws["AWS_ENDPOINT_URL"],
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    arn = client.create_secret(Name="of-the-image/digest-key", SecretString=SECRET)["ARN"]
    settings = {"LEADGEN_DIGEST_KEY_SECRET": arn, "LEADGEN_REQUIRE_AUTHORIZER": "iam", "LEADGEN_METRICS": "emf"}
    with run_image(**aws | settings) as function:
        yield function


def test_a_baked_function_answers_cold_and_warm_whom_the_gateway_let_pass(
    deployed: Any, request: pytest.FixtureRequest
) -> None:
    bodies = []
    for shape in ("http", "rest", "http"):
        event = request.getfixturevalue(f"{shape}_event")("POST", "/score_lead", LEAD)
        assert deployed.invoke(event)["statusCode"] == 403
        event["requestContext"] |= IAM[shape]
        answer = deployed.invoke(event)
        assert answer["statusCode"] == 200
        bodies.append(answer["body"])
    assert bodies == bodies[:1] * 3
    health = request.getfixturevalue("http_event")("GET", "/health")
    health["requestContext"] |= IAM["http"]
    said = Health.model_validate_json(deployed.invoke(health)["body"], strict=True)
    assert said.bundle_id == ScoredLead.model_validate_json(bodies[0], strict=True).bundle_id
    lines = [json.loads(line) for line in deployed.log.read_text().splitlines() if '"_aws"' in line]
    assert [line["Status"] for line in lines] == [403, 200, 403, 200, 403, 200, 200]
    assert [line.get("ColdStarts", 0) for line in lines] == [1, 0, 0, 0, 0, 0, 0]
