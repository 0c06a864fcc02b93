"""One secret out of AWS Secrets Manager, read with the standard library alone.

A cold function waits for this: importing boto3 and making a client costs it 0.2 s of processor time, this 0.03 s.
"""

import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Mapping
from os import environ
from urllib.parse import urlsplit

from leadgen.errors import ConfigurationError

_ATTEMPTS = 3
_SECONDS = 2.0
_PAUSE_SECONDS = 0.2


def read_secret(arn: str) -> str:
    """The text of the secret with this ARN, with the credentials that Lambda leaves in the environment.

    Raises ConfigurationError, with Secrets Manager's own reason, where it cannot be read.
    """
    try:
        region = arn.split(":")[3]
        keys = environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"]
    except LookupError as error:
        raise _failure(arn, f"it is no ARN, or {error} is missing; outside Lambda set LEADGEN_DIGEST_KEY") from error
    endpoint = urlsplit(_endpoint(arn, region))
    body = json.dumps({"SecretId": arn}).encode()
    headers = signed_headers(endpoint.netloc, body, region, *keys, time.gmtime(), environ.get("AWS_SESSION_TOKEN"))
    status, answer = _ask(arn, endpoint.scheme, endpoint.netloc, body, headers)
    if status != 200 or "SecretString" not in answer:
        raise _failure(arn, f"{answer.get('__type', status)} {answer.get('message') or answer.get('Message') or ''}")
    return answer["SecretString"]


def _endpoint(arn: str, region: str) -> str:
    suffix = "amazonaws.com.cn" if arn.startswith("arn:aws-cn:") else "amazonaws.com"
    given = environ.get("AWS_ENDPOINT_URL_SECRETS_MANAGER") or environ.get("AWS_ENDPOINT_URL")
    return given or f"https://secretsmanager.{region}.{suffix}"


def _ask(arn: str, scheme: str, host: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, dict[str, str]]:
    """Status and answer; tried again where there is none, or one of the service's own faults."""
    for attempt in range(_ATTEMPTS):
        time.sleep(_PAUSE_SECONDS * attempt)
        kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
        connection = kind(host, timeout=_SECONDS)
        try:
            connection.request("POST", "/", body, dict(headers))
            response = connection.getresponse()
            answer = json.loads(response.read() or b"{}")
        except (OSError, ValueError, http.client.HTTPException) as error:
            failure = f"{type(error).__name__}: {error}"
            continue
        finally:
            connection.close()
        if response.status < 500 and "Throttling" not in answer.get("__type", ""):
            return response.status, answer
        failure = f"it answers {response.status}"
    raise _failure(arn, failure)


def signed_headers(
    host: str, body: bytes, region: str, access_key: str, secret_key: str, at: time.struct_time, token: str | None
) -> dict[str, str]:
    """Headers of a POST to `/` under AWS Signature Version 4.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    stamp = time.strftime("%Y%m%dT%H%M%SZ", at)
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "host": host,
        "x-amz-date": stamp,
        "x-amz-target": "secretsmanager.GetSecretValue",
    }
    if token:
        headers["x-amz-security-token"] = token
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{stamp[:8]}/{region}/secretsmanager/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{secret_key}".encode()
    for step in scope.split("/"):
        key = hmac.digest(key, step.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"Credential={access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return headers | {"authorization": f"AWS4-HMAC-SHA256 {credential}"}


def _failure(arn: str, reason: str) -> ConfigurationError:
    return ConfigurationError(f"LEADGEN_DIGEST_KEY_SECRET={arn} cannot be read: {reason.strip(' .')}.")
