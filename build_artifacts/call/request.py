"""One request: signed, sent, or shown as the curl command that would send it."""

import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadgen.errors import ConfigurationError

from build_artifacts.call.target import NO_CREDENTIALS, Target

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest

_SERVICE = "execute-api"
_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a target; `path` begins with a slash."""

    method: str
    path: str
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of an answer."""

    status: int
    body: bytes


def send(target: Target, request: Request) -> Answer:
    """The answer, whatever its status; raises ConfigurationError without credentials or where nobody answers."""
    from botocore.awsrequest import AWSRequest
    from botocore.exceptions import BotoCoreError
    from botocore.httpsession import URLLib3Session

    prepared = AWSRequest(request.method, target.url + request.path, dict(request.headers), request.body)
    try:
        if target.auth == "iam":
            _sign(prepared, target.region)
        answer = URLLib3Session(timeout=_SECONDS).send(prepared.prepare())
    except BotoCoreError as error:
        raise ConfigurationError(f"{target.url} does not answer: {error}") from error
    return Answer(answer.status_code, answer.content)


def _sign(request: "AWSRequest", region: str | None) -> None:
    """Signature Version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html."""
    from botocore.auth import SigV4Auth
    from botocore.session import get_session

    session = get_session()
    credentials = session.get_credentials()
    region = region or session.get_config_variable("region")
    if credentials is None:
        raise ConfigurationError(NO_CREDENTIALS)
    if not region:
        raise ConfigurationError("no region to sign for: give --region or set AWS_REGION")
    SigV4Auth(credentials.get_frozen_credentials(), _SERVICE, region).add_auth(request)


def as_curl(target: Target, request: Request) -> str:
    """The same as a command for curl 7.75 or newer; it takes keys and tokens from the environment, so it holds none."""
    parts = ["curl", "--silent", "--show-error", "--request", request.method]
    if target.auth == "iam":
        region = target.region or "${AWS_REGION}"
        parts += ["--aws-sigv4", f'"aws:amz:{region}:{_SERVICE}"']
        parts += ["--user", '"${AWS_ACCESS_KEY_ID}:${AWS_SECRET_ACCESS_KEY}"']
        parts += ['${AWS_SESSION_TOKEN:+--header "x-amz-security-token: ${AWS_SESSION_TOKEN}"}']
    for name, value in request.headers.items():
        parts += ["--header", _HIDDEN.get(name) or shlex.quote(f"{name}: {value}")]
    if request.body is not None:
        parts += ["--data-binary", shlex.quote(request.body.decode())]
    return " ".join([*parts, shlex.quote(target.url + request.path)])


_HIDDEN = {
    "authorization": '"authorization: Bearer ${LEADGEN_API_TOKEN}"',
    "x-api-key": '"x-api-key: ${LEADGEN_API_KEY}"',
}
