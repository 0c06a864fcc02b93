"""The run's lines in CloudWatch, from where metrics and alarms are made of them; the journal has them as well.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""

import json
import sys
import threading
import time
from collections import deque
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

_EVERY_SECONDS = 2.0
_LINES_AT_ONCE = 500
_LONGEST = 8_000
_LINES_KEPT = 20_000
_BYTES_AT_ONCE = 1_048_576
_BYTES_BESIDE_A_LINE = 26
_REFUSED_FOR_GOOD = ("InvalidParameterException", "DataAlreadyAcceptedException")


class CloudLog:
    """Sends lines in the background: neither the run nor its end ever waits for CloudWatch for long.

    Lines that cannot be sent are kept for the next try, the oldest are dropped; a batch that CloudWatch refuses for
    what is in it is dropped, or nothing would be sent after it.
    """

    def __init__(self, group: str, stream: str) -> None:
        self._client = boto3.client("logs")
        self._group, self._stream = group, stream
        self._lines: deque[tuple[int, str]] = deque(maxlen=_LINES_KEPT)
        self._adding, self._newest = threading.Lock(), 0
        self._batch: list[tuple[int, str]] = []
        self._closing = threading.Event()
        self._created = self._complained = False
        self._sender = threading.Thread(target=self._send_until_closed, name="log", daemon=True)
        self._sender.start()

    def line(self, text: str) -> None:
        """Pass on one line."""
        print(text, flush=True)
        if text.strip():
            with self._adding:
                # A batch must be in the order of time, and the clock may be set back.
                self._newest = max(self._newest, int(time.time() * 1000))
                self._lines.append((self._newest, text[:_LONGEST]))

    def tell(self, **fields: Any) -> None:
        """Pass on a structured line."""
        self.line(json.dumps(fields))

    def close(self) -> None:
        """Send what is left, within ten seconds."""
        self._closing.set()
        self._sender.join(timeout=10)

    def _send_until_closed(self) -> None:
        while not self._closing.wait(_EVERY_SECONDS):
            self._send()
        self._send()

    def _send(self) -> None:
        while self._batch or self._lines:
            self._batch = self._batch or self._next_batch()
            try:
                self._put(self._batch)
            except (BotoCoreError, ClientError) as error:
                self._complain(error)
                if not _refused_for_good(error):
                    return
            self._batch = []

    def _next_batch(self) -> list[tuple[int, str]]:
        """The oldest lines, as many as CloudWatch takes at once."""
        batch: list[tuple[int, str]] = []
        size = 0
        with self._adding:
            while self._lines and len(batch) < _LINES_AT_ONCE:
                size += len(self._lines[0][1].encode("utf-8", "replace")) + _BYTES_BESIDE_A_LINE
                if size > _BYTES_AT_ONCE:
                    break
                batch.append(self._lines.popleft())
        return batch

    def _put(self, events: list[tuple[int, str]]) -> None:
        if not self._created:
            self._create_stream()
        self._client.put_log_events(
            logGroupName=self._group,
            logStreamName=self._stream,
            logEvents=[{"timestamp": stamp, "message": text} for stamp, text in events],
        )

    def _create_stream(self) -> None:
        try:
            self._client.create_log_stream(logGroupName=self._group, logStreamName=self._stream)
        except ClientError as error:
            # An answer that was lost is asked for again.
            if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
                raise
        self._created = True

    def _complain(self, error: Exception) -> None:
        if not self._complained:
            print(f"CloudWatch takes no lines: {error}", file=sys.stderr, flush=True)
        self._complained = True


def _refused_for_good(error: Exception) -> bool:
    return isinstance(error, ClientError) and error.response["Error"]["Code"] in _REFUSED_FOR_GOOD
