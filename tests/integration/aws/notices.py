"""The topic of notices in moto, and who reads it."""

import json

import boto3


class Notices:
    """A topic with a queue subscribed to it."""

    def __init__(self) -> None:
        self._client = boto3.client("sqs")
        self.topic: str = boto3.client("sns").create_topic(Name="notices")["TopicArn"]
        self._queue = self._client.create_queue(QueueName="notices")["QueueUrl"]
        found = self._client.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        arn = found["Attributes"]["QueueArn"]
        boto3.client("sns").subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)

    def received(self) -> list[tuple[str, str]]:
        """Subject and text of those that came since this was last asked."""
        found: list[tuple[str, str]] = []
        while messages := self._client.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                body = json.loads(message["Body"])
                found.append((body["Subject"], body["Message"]))
                self._client.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return found
