"""The database before a run: awake, and its tables and users up to date."""

import json
import threading
from urllib.parse import quote, urlsplit

import boto3
from leadgen.errors import ConfigurationError

_POLL_SECONDS = 15.0
_PATIENCE_SECONDS = 2700.0


def wake(identifier: str, stop: threading.Event) -> None:
    """Start the database if it is stopped, and wait until it can be reached or `stop` is set.

    Raises ConfigurationError where it is not there within 45 minutes.
    """
    client = boto3.client("rds")
    for _ in range(int(_PATIENCE_SECONDS / _POLL_SECONDS)):
        (instance,) = client.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
        status = instance["DBInstanceStatus"]
        if status == "available":
            return
        if status == "stopped":
            client.start_db_instance(DBInstanceIdentifier=identifier)
        if stop.wait(_POLL_SECONDS):
            return
    raise ConfigurationError(f"the database {identifier} is {status} and did not become available")


def owner_url(writer_url: str, master_secret: str) -> str:
    """The same database for its owner, whose password RDS keeps in a secret.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
    """
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=master_secret)
    owner = json.loads(secret["SecretString"])
    user, password = (quote(owner[name], safe="") for name in ("username", "password"))
    parts = urlsplit(writer_url)
    options = "&".join(option for option in parts.query.split("&") if not option.startswith("region="))
    return f"postgresql://{user}:{password}@{parts.hostname}:{parts.port}{parts.path}?{options}"
