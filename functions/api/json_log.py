"""Logs as one line of JSON an event, for CloudWatch and for people with `jq`."""

import json
import logging
import sys
import time


class JsonFormatter(logging.Formatter):
    """Time, level, logger and message, then the record's `fields`; an exception as its type and place."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON, ASCII only."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {
            "time": f"{stamp}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, default=str)


def log_as_json(level: str) -> None:
    """Send every log to standard output as JSON; Mangum's and uvicorn's own access lines would double ours."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("mangum").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").disabled = True
