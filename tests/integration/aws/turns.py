"""The rollout's queue in moto."""

from typing import Any

import boto3


class Turns:
    """The queue of the rollout, and its messages as Lambda hands them on."""

    def __init__(self) -> None:
        self._client = boto3.client("sqs")
        attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
        self.url: str = self._client.create_queue(QueueName="leadgen-dev-rollout.fifo", Attributes=attributes)[
            "QueueUrl"
        ]

    def events(self) -> list[dict[str, Any]]:
        """An event for each message there is."""
        messages = self._client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
        return [{"Records": [{"eventSource": "aws:sqs", "body": message["Body"]}]} for message in messages]
