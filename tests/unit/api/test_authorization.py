"""Who may ask: requests that a gateway authorised, or that show a key."""

import json
from typing import Any

import pytest
from asgi import Answered, answers, ask

from functions.api.middleware import ApiKeys, GatewayAuthorization, RequestContext

KEYS = ("a key of twenty letters", "another key of twenty letters")
ARN = "arn:aws:sts::123456789012:assumed-role/sales/dana"
CONTEXTS: dict[tuple[str, str], dict[str, Any]] = {
    ("iam", "2.0"): {"authorizer": {"iam": {"accountId": "123456789012", "userArn": ARN, "cognitoIdentity": None}}},
    ("iam", "1.0"): {"identity": {"accountId": "123456789012", "userArn": ARN, "apiKeyId": None}},
    ("jwt", "2.0"): {"authorizer": {"jwt": {"claims": {"sub": "dana"}, "scopes": None}}},
    ("jwt", "1.0"): {"authorizer": {"claims": {"sub": "dana"}}, "identity": {"userArn": None}},
    ("api_key", "1.0"): {"identity": {"apiKey": "…", "apiKeyId": "k1", "userArn": None}},
}
UNAUTHORIZED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "nulls": {"authorizer": None, "identity": {"userArn": None, "apiKeyId": None, "sourceIp": "192.0.2.1"}},
    "empty": {"authorizer": {"iam": None, "jwt": {"claims": None}}, "identity": None},
}


def authorized(context: dict[str, Any], authorizer: Any) -> Answered:
    return ask(GatewayAuthorization(answers, authorizer), **{"aws.event": {"requestContext": context}})


@pytest.mark.parametrize(("authorizer", "version"), CONTEXTS)
def test_an_event_that_its_authorizer_marked_passes(authorizer: str, version: str) -> None:
    assert authorized(CONTEXTS[authorizer, version], authorizer).status == 200


@pytest.mark.parametrize(("authorizer", "status"), [("iam", 403), ("jwt", 401), ("api_key", 403)])
@pytest.mark.parametrize("context", UNAUTHORIZED.values(), ids=UNAUTHORIZED)
def test_an_event_without_a_mark_is_refused(authorizer: str, status: int, context: dict[str, Any]) -> None:
    answer = authorized(context, authorizer)
    assert answer.status == status
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert json.loads(answer.body)["status"] == status


@pytest.mark.parametrize("authorizer", ["iam", "jwt", "api_key"])
def test_the_mark_of_another_authorizer_does_not_do(authorizer: str) -> None:
    for (other, _), context in CONTEXTS.items():
        assert (authorized(context, authorizer).status == 200) == (other == authorizer)


def test_a_request_that_is_no_event_is_refused() -> None:
    assert ask(GatewayAuthorization(answers, "iam")).status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Api-Key": KEYS[0]},
        {"X-Api-Key": KEYS[1]},
        {"Authorization": f"Bearer {KEYS[0]}"},
        {"Authorization": f"bearer  {KEYS[1]} "},
    ],
)
def test_any_of_the_keys_opens_under_both_headers(headers: dict[str, str]) -> None:
    assert ask(ApiKeys(answers, KEYS), headers=headers).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Api-Key": ""},
        {"X-Api-Key": KEYS[0][:-1]},
        {"X-Api-Key": f"{KEYS[0]}x"},
        {"X-Api-Key": ",".join(KEYS)},
        {"X-Api-Key": "ÿ" * 20},
        {"Authorization": KEYS[0]},
        {"Authorization": f"Basic {KEYS[0]}"},
    ],
)
def test_without_a_key_a_request_is_refused_with_its_id(headers: dict[str, str]) -> None:
    answer = ask(RequestContext(ApiKeys(answers, KEYS)), headers=headers)
    problem = json.loads(answer.body)
    assert (answer.status, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert not any(key in answer.body.decode() for key in KEYS)


def test_the_health_check_needs_no_key_and_no_other_path_passes_for_it() -> None:
    app = ApiKeys(answers, KEYS)
    assert ask(app, "/health").status == 200
    assert ask(app, "/leads/health", root_path="/leads").status == 200
    for path in ("/health/", "/healthy", "/companies/health", "//health", "/Health"):
        assert ask(app, path).status == 401
