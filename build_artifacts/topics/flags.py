"""The flags of `leadgen topics` and their twins in the environment."""

import argparse
import os
from pathlib import Path
from typing import Any

from leadgen.cores import usable_cores
from leadgen.errors import ConfigurationError

from build_artifacts.database.flags import add_database_flag
from build_artifacts.llm.flags import add_language_model_flags, language_model_options
from build_artifacts.topics.clustering import ClusteringOptions
from build_artifacts.topics.options import TopicsOptions
from build_artifacts.topics.reading.flags import add_transcript_flags, transcript_options
from build_artifacts.topics.theming import ThemingOptions


def add_topics_flags(parser: argparse.ArgumentParser) -> None:
    """Flags of `leadgen topics`.

    Each has a twin in the environment: LEADGEN_TRANSCRIPTS_… for those that describe the table, LEADGEN_LLM_… for
    --llm-…, LEADGEN_DATABASE_URL for --database, LEADGEN_TOPICS_… for the others.
    """
    add_transcript_flags(parser)
    _add(parser, "quarter", "the quarter to read, such as 2021Q3", None)
    add_database_flag(parser)
    _add(parser, "text-model", "auto, a folder, s3://…, or a Hugging Face id such as intfloat/e5-base-v2", "auto")
    _add(parser, "device", "where the text model runs: auto (a GPU if there is one), cpu or cuda", "auto")
    _add(parser, "cache", "folder of compiled text models and embeddings", "artifacts/cache")
    _add(parser, "clusterer", "graph, or umap for BERTopic's own UMAP and HDBSCAN", "graph")
    _add(parser, "seed", "for what is drawn at random by umap", "0")
    _add(parser, "processes", "processes that cluster; one fewer than there are cores unless said", None)
    _add(parser, "threads", "cores that the text model uses on a CPU; all unless said", None)
    _add(parser, "max-failed-share", "make no themes when more of the firms than this failed", "0.05")
    add_language_model_flags(parser)
    parser.add_argument("--dry-run", action="store_true", help="count sentences and estimate dollars, write nothing")


def _add(parser: argparse.ArgumentParser, name: str, text: str, default: str | None) -> None:
    variable = f"LEADGEN_TOPICS_{name.replace('-', '_').upper()}"
    shown = f"{text} (default: {default})" if default else text
    parser.add_argument(f"--{name}", default=os.environ.get(variable) or default, help=shown)


def topics_options(options: argparse.Namespace) -> TopicsOptions:
    """What `leadgen topics` was told; raises ConfigurationError naming the flag at fault."""
    if not options.quarter:
        raise ConfigurationError("--quarter is missing: name the quarter to read, such as 2021Q3")
    return TopicsOptions(
        quarter=options.quarter,
        transcripts=transcript_options(options),
        database=options.database,
        text_model=options.text_model,
        device=_one_of("device", options.device, ("auto", "cpu", "cuda")),
        cache=Path(options.cache),
        clustering=ClusteringOptions(
            method=_one_of("clusterer", options.clusterer, ("graph", "umap")), seed=_number("seed", options.seed, 0)
        ),
        theming=ThemingOptions(),
        language_model=language_model_options(options),
        processes=_number("processes", options.processes or str(max(1, usable_cores() - 1)), 1),
        threads=_number("threads", options.threads or str(usable_cores()), 1),
        max_failed_share=_share("max-failed-share", options.max_failed_share),
    )


def _one_of(flag: str, value: str, known: tuple[str, ...]) -> Any:
    if value not in known:
        raise ConfigurationError(f"--{flag} is {value!r}; it is one of {', '.join(known)}")
    return value


def _number(flag: str, text: str, least: int) -> int:
    if not text.isdecimal() or int(text) < least:
        raise ConfigurationError(f"--{flag} is {text!r}; a whole number of {least} or more is wanted")
    return int(text)


def _share(flag: str, text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ConfigurationError(f"--{flag} is {text!r}; a share between 0 and 1 is wanted")
    return share


def flags_table() -> str:
    """The flags of `leadgen topics` as Markdown, for README."""
    parser = argparse.ArgumentParser(add_help=False)
    add_topics_flags(parser)
    rows = [f"| `{action.option_strings[0]}` | {action.help} |" for action in parser._actions]
    return "\n".join(["| flag | what it means |", "|---|---|", *rows])
