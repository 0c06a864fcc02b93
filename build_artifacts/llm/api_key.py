"""The key to the endpoint: from the environment, or from AWS Secrets Manager."""

import os
import re

from leadgen.errors import ConfigurationError
from pydantic import SecretStr

KEY = "LEADGEN_LLM_API_KEY"
SECRET = "LEADGEN_LLM_API_KEY_SECRET"  # noqa: S105
_ARN = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:\S+")


def read_api_key() -> SecretStr | None:
    """The key, or None where neither variable is set: then nothing is asked.

    Raises ConfigurationError for a secret that cannot be read.
    """
    key = os.environ.get(KEY, "").strip()
    arn = os.environ.get(SECRET, "").strip()
    if key or not arn:
        return SecretStr(key) if key else None
    if not _ARN.fullmatch(arn):
        raise ConfigurationError(f"{SECRET} is {arn!r}; the ARN of a secret in AWS Secrets Manager is wanted")
    return SecretStr(_secret(arn))


def _secret(arn: str) -> str:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = boto3.client("secretsmanager", region_name=arn.split(":")[3]).get_secret_value(SecretId=arn)
    except (BotoCoreError, ClientError) as error:
        raise ConfigurationError(f"{SECRET}={arn} cannot be read: {error}") from error
    text = str(answer.get("SecretString") or "").strip()
    if not text or text.startswith("{"):
        raise ConfigurationError(f"{SECRET}={arn} holds no key; store the key itself as the secret's text")
    return text
