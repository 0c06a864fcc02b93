"""`python -m build_artifacts.topics.instance`: what the service of the instance runs."""

import os
import signal
import sys
import threading
from typing import Any

from leadgen.errors import LeadgenError

from build_artifacts.jobs.stopping import INTERRUPTED
from build_artifacts.topics.instance.attempts import COMPLETE, run_until_done
from build_artifacts.topics.instance.cloud_log import CloudLog
from build_artifacts.topics.instance.group import want_no_instance
from build_artifacts.topics.instance.interruption import InterruptionWatch
from build_artifacts.topics.instance.metadata import Metadata
from build_artifacts.topics.instance.settings import InstanceSettings


def main() -> int:
    """The run's exit code. Unless it was interrupted, the group wants no instance any more after it.

    The service shuts the machine down when this ends, however it ends.
    """
    settings = InstanceSettings.read()
    stop, metadata = threading.Event(), Metadata()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    log = CloudLog(settings.log_group, f"{metadata.read('instance-id') or 'unknown'}/{os.getpid()}")
    try:
        InterruptionWatch(metadata, stop, log.tell).start()
        code = run_until_done(settings, stop, log)
        log.tell(step="instance", **_outcome(code))
        if code != INTERRUPTED:
            want_no_instance(settings.group)
    finally:
        log.close()
    return code


def _outcome(code: int) -> dict[str, Any]:
    names = {COMPLETE: "complete", INTERRUPTED: "interrupted"}
    outcome = names.get(code, "failed")
    return {"outcome": outcome, "failed_runs": int(outcome == "failed")}


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LeadgenError as error:
        sys.exit(f"leadgen: {error}")
