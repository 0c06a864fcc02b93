"""The run's lines in CloudWatch, from where metrics and alarms are made of them; the journal has them as well."""

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


class CloudLog:
    """Sends lines in the background: neither the run nor its end ever waits for CloudWatch for long.

    Lines that cannot be sent are kept for the next try, the oldest are dropped.
    """

    def __init__(self, group: str, stream: str) -> None:
        self._client = boto3.client("logs")
        self._group, self._stream = group, stream
        self._lines: deque[tuple[int, str]] = deque(maxlen=_LINES_KEPT)
        self._closing = threading.Event()
        self._created = self._complained = False
        self._sender = threading.Thread(target=self._send_until_closed, name="log", daemon=True)
        self._sender.start()

    def line(self, text: str) -> None:
        """Pass on one line."""
        print(text, flush=True)
        if text.strip():
            self._lines.append((int(time.time() * 1000), text[:_LONGEST]))

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
        while self._lines:
            events = [self._lines.popleft() for _ in range(min(_LINES_AT_ONCE, len(self._lines)))]
            try:
                self._put(events)
            except (BotoCoreError, ClientError) as error:
                self._lines.extendleft(reversed(events))
                if not self._complained:
                    print(f"CloudWatch takes no lines: {error}", file=sys.stderr, flush=True)
                self._complained = True
                return

    def _put(self, events: list[tuple[int, str]]) -> None:
        if not self._created:
            self._client.create_log_stream(logGroupName=self._group, logStreamName=self._stream)
            self._created = True
        self._client.put_log_events(
            logGroupName=self._group,
            logStreamName=self._stream,
            logEvents=[{"timestamp": stamp, "message": text} for stamp, text in events],
        )
