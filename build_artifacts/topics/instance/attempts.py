"""One attempt after the other, until the run is complete, interrupted, or has failed for good."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

from leadgen.errors import LeadgenError

from build_artifacts.jobs.stopping import INTERRUPTED
from build_artifacts.topics.instance import children
from build_artifacts.topics.instance.cloud_log import CloudLog
from build_artifacts.topics.instance.database import owner_url, wake
from build_artifacts.topics.instance.quarters import quarter_before
from build_artifacts.topics.instance.settings import InstanceSettings
from build_artifacts.topics.instance.text_model import hand_on_text_model

COMPLETE, FAILED = 0, 1
"""Exit codes of `leadgen`, beside INTERRUPTED. With 2 it refuses something, or a database or a hub was away."""
_ATTEMPTS = 3
_PAUSE_SECONDS = 60.0
_LEADGEN = ("python", "-m", "build_artifacts")


def run_until_done(settings: InstanceSettings, stop: threading.Event, log: CloudLog) -> int:
    """COMPLETE, INTERRUPTED where `stop` was set before that, or the code of the last of three attempts."""
    code = FAILED
    for attempt in range(1, _ATTEMPTS + 1):
        code = _attempt(settings, stop, log)
        if stop.is_set() and code != COMPLETE:
            return INTERRUPTED
        if code in (COMPLETE, INTERRUPTED):
            return code
        log.tell(step="instance", attempt=attempt, code=code)
        if attempt < _ATTEMPTS and stop.wait(_PAUSE_SECONDS * attempt):
            return INTERRUPTED
    return code


def _attempt(settings: InstanceSettings, stop: threading.Event, log: CloudLog) -> int:
    try:
        if settings.database_instance:
            wake(settings.database_instance, stop)
        code = _prepare_database(settings, stop, log)
        if code != COMPLETE:
            return code
        cache = settings.home / "cache" / "models"
        hand_on_text_model(settings.text_model, cache, settings.text_model_output)
    except LeadgenError as error:
        log.line(f"leadgen: {error}")
        return FAILED
    except Exception as error:  # noqa: BLE001 - nobody is there to see it, and the next attempt may succeed
        log.line(f"leadgen: {type(error).__name__}: {error}")
        return FAILED
    return children.run([*_LEADGEN, "topics", *_flags(settings)], stop, log.line)


def _prepare_database(settings: InstanceSettings, stop: threading.Event, log: CloudLog) -> int:
    """As its owner, whose password only this child gets, in its environment."""
    owner = {"LEADGEN_DATABASE_URL": owner_url(settings.database_url, settings.database_master_secret)}
    return children.run([*_LEADGEN, "database", "prepare"], stop, log.line, owner)


def _flags(settings: InstanceSettings) -> Iterator[str]:
    given = {
        "quarter": settings.quarter or quarter_before(datetime.now(UTC).date()),
        "input-path": settings.input,
        "text-model": settings.text_model,
        "device": "cuda",
        "cache": str(settings.home / "cache"),
        **settings.flags,
    }
    for name, value in given.items():
        yield from (f"--{name}", value)
