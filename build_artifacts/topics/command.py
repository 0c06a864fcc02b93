"""`leadgen topics`: what it reads from its flags, and how it ends."""

import argparse
import json
import logging
import math

from build_artifacts.jobs.stopping import INTERRUPTED, Interrupted
from build_artifacts.topics.flags import add_topics_flags, topics_options
from build_artifacts.topics.reading import read_quarter
from build_artifacts.topics.run import run_topics
from build_artifacts.topics.summarising import TOPICS_PER_FIRM, estimate

log = logging.getLogger(__name__)


def add_topics_command(parser: argparse.ArgumentParser) -> None:
    """The flags of `leadgen topics`, and what it runs."""
    add_topics_flags(parser)
    parser.set_defaults(run=topics)


def topics(options: argparse.Namespace) -> int:
    """0 for a complete run, 75 for one that was stopped and goes on when it is started again."""
    wanted = topics_options(options)
    if options.dry_run:
        quarter = read_quarter(wanted.transcripts, wanted.quarter)
        print(json.dumps({"firms": quarter.n_firms, **quarter.counts}, indent=1))
        if wanted.language_model:
            themes = math.isqrt(round(quarter.n_firms * TOPICS_PER_FIRM))
            print(f"language model: {estimate(wanted.language_model.prices, quarter.n_firms, n_themes=themes)}")
        return 0
    try:
        report = run_topics(wanted)
    except Interrupted:
        log.info(json.dumps({"step": "interrupted", "exit_code": INTERRUPTED}))
        return INTERRUPTED
    print(json.dumps(report, indent=1))
    return 0
