"""A database that is stopped between runs is started by whoever needs it."""

import threading

import boto3
import pytest
from leadgen.errors import ConfigurationError

from build_artifacts.topics.instance import database

NAME = "leadgen-dev-topics"


@pytest.fixture
def client(account, monkeypatch):
    monkeypatch.setattr(database, "_POLL_SECONDS", 0.01)
    client = boto3.client("rds")
    client.create_db_instance(
        DBInstanceIdentifier=NAME, DBInstanceClass="db.t4g.micro", Engine="postgres", AllocatedStorage=20,
        MasterUsername="postgres", MasterUserPassword="not-a-real-one",
    )  # fmt: skip
    return client


def status(client):
    return client.describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"][0]["DBInstanceStatus"]


def test_a_stopped_database_is_started(client):
    client.stop_db_instance(DBInstanceIdentifier=NAME)
    assert status(client) == "stopped"
    database.wake(NAME, threading.Event())
    assert status(client) == "available"


def test_one_that_runs_is_left_alone(client):
    database.wake(NAME, threading.Event())
    assert status(client) == "available"


def test_one_that_does_not_come_is_named(client, monkeypatch):
    monkeypatch.setattr(database, "_PATIENCE_SECONDS", 0.05)

    class Stuck:
        def describe_db_instances(self, **_):
            return {"DBInstances": [{"DBInstanceStatus": "stopping"}]}

    monkeypatch.setattr(database.boto3, "client", lambda _: Stuck())
    with pytest.raises(ConfigurationError, match=f"{NAME} is stopping"):
        database.wake(NAME, threading.Event())
