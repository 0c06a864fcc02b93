"""The request for a secret, signed as AWS's own library signs it."""

import json
import time

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from leadgen.errors import ConfigurationError

from functions.api.secrets_manager import read_secret, signed_headers

ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:leadgen-dev/digest-key-AbCdEf"
HOST = "secretsmanager.eu-west-1.amazonaws.com"


@pytest.mark.parametrize("token", [None, "a session's token"])
def test_the_signature_is_that_of_botocore(token: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps({"SecretId": ARN}).encode()
    ours = signed_headers(HOST, body, "eu-west-1", "AKID", "secret", time.gmtime(), token)
    plain = {name: value for name, value in ours.items() if name in ("content-type", "host", "x-amz-target")}
    request = AWSRequest("POST", f"https://{HOST}/", plain, body)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: _moment(ours["x-amz-date"]))
    SigV4Auth(Credentials("AKID", "secret", token), "secretsmanager", "eu-west-1").add_auth(request)
    assert ours["authorization"] == request.headers["Authorization"]


def _moment(stamp: str):
    from datetime import datetime

    return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ")


def test_without_credentials_another_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    with pytest.raises(ConfigurationError, match=r"AWS_ACCESS_KEY_ID.*LEADGEN_DIGEST_KEY"):
        read_secret(ARN)
