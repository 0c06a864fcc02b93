"""`leadgen describe`: what it reads from its flags, and how it ends."""

import argparse
import json
import logging

from build_artifacts.descriptions.flags import add_describe_flags, describe_options
from build_artifacts.descriptions.run import run_describe
from build_artifacts.jobs.stopping import INTERRUPTED, Interrupted

log = logging.getLogger(__name__)


def add_describe_command(parser: argparse.ArgumentParser) -> None:
    """The flags of `leadgen describe`, and what it runs."""
    add_describe_flags(parser)
    parser.set_defaults(run=describe)


def describe(options: argparse.Namespace) -> int:
    """0 for a complete run, 75 for one that goes on when it is started again: stopped, or waiting for batches."""
    try:
        found = run_describe(describe_options(options))
    except Interrupted:
        log.info(json.dumps({"step": "interrupted", "exit_code": INTERRUPTED}))
        return INTERRUPTED
    log.info(json.dumps({"step": "described", **found}))
    print(json.dumps(found, indent=1))
    if not found["waiting_for_batch"]:
        return 0
    log.info(
        "%d companies wait for %s; the same command, with --llm-batch, goes on",
        found["waiting_for_batch"], ", ".join(found["batches"]) or "room in a batch",
    )  # fmt: skip
    return INTERRUPTED
