"""The flags of `leadgen describe` and their twins in the environment."""

import argparse
import os
from pathlib import Path

import leadgen
from leadgen.cores import usable_cores
from leadgen.errors import ConfigurationError

from build_artifacts.descriptions.options import Columns, DescribeOptions
from build_artifacts.llm.flags import add_language_model_flags, language_model_options

MODEL, ENDPOINT = "gpt-4o-mini", "https://api.openai.com/v1"
_BATCH, _BATCH_WAIT = "LEADGEN_LLM_BATCH", "LEADGEN_LLM_BATCH_WAIT"
_TRUE, _FALSE = frozenset({"true", "1", "yes", "on"}), frozenset({"", "false", "0", "no", "off"})
_USER_AGENT = f"leadgen/{leadgen.__version__}"
_FLAGS = (
    ("input-path", "companies: parquet or CSV, a file, a folder, or s3://…", None),
    ("output-path", "the same table with descriptions, as a parquet file or s3://….parquet", None),
    ("id-col", "unique id of a company", Columns.id),
    ("name-col", "its name", Columns.name),
    ("website-col", "its website", Columns.website),
    ("description-col", "is written; its text is kept where a website gives none", Columns.description),
    ("industry-cols", "industry or SIC code's text, separated by commas", ",".join(Columns.industry)),
    ("current-col", "true for the current version of a row; others are passed through", Columns.current),
    ("cache", "folder of pages, descriptions and spending, by which a run goes on and the next one is cheap",
     "artifacts/cache/descriptions"),
    ("kept-at", "s3://… folder that the cache is restored from and kept in, where the disk does not last", None),
    ("user-agent", "how the crawler introduces itself; add an address where its owner can be reached", _USER_AGENT),
    ("pause", "seconds between two requests to one host, at least; robots.txt may ask for more", "1"),
    ("sites", "websites visited at once", "100"),
    ("processes", "processes that read pages", str(max(1, usable_cores() - 1))),
)  # fmt: skip


def add_describe_flags(parser: argparse.ArgumentParser) -> None:
    """Flags of `leadgen describe`; each may be given as LEADGEN_DESCRIBE_<FLAG>, in capitals, instead."""
    for name, text, default in _FLAGS:
        variable = f"LEADGEN_DESCRIBE_{name.replace('-', '_').upper()}"
        shown = f"{text} (${variable}; default: {default})" if default else f"{text} (${variable})"
        parser.add_argument(f"--{name}", default=os.environ.get(variable) or default, help=shown.replace("%", "%%"))
    add_language_model_flags(parser)
    group = parser.add_argument_group("batches of the language model")
    group.add_argument(
        "--llm-batch",
        action="store_const",
        const="true",
        default=os.environ.get(_BATCH, ""),
        help=f"ask by the endpoint's Batch API: half the price, answers within a day (${_BATCH})",
    )
    group.add_argument(
        "--llm-batch-wait",
        default=os.environ.get(_BATCH_WAIT) or "60",
        help=f"minutes to wait for them; the same command collects what comes later (${_BATCH_WAIT}; default: 60)",
    )
    parser.set_defaults(
        llm_model=os.environ.get("LEADGEN_LLM_MODEL") or MODEL,
        llm_base_url=os.environ.get("LEADGEN_LLM_BASE_URL") or ENDPOINT,
    )


def describe_options(options: argparse.Namespace) -> DescribeOptions:
    """What `leadgen describe` was told; raises ConfigurationError naming the flag at fault."""
    for flag in ("input_path", "output_path"):
        if not vars(options)[flag]:
            raise ConfigurationError(f"--{flag.replace('_', '-')} is missing")
    if not options.output_path.endswith(".parquet"):
        raise ConfigurationError(f"--output-path is {options.output_path!r}; a name that ends in .parquet is wanted")
    if options.kept_at and not options.kept_at.startswith("s3://"):
        raise ConfigurationError(f"--kept-at is {options.kept_at!r}; s3://bucket/folder is wanted")
    return DescribeOptions(
        input_path=options.input_path,
        output_path=options.output_path,
        columns=Columns(
            options.id_col,
            options.name_col,
            options.website_col,
            options.description_col,
            tuple(name.strip() for name in options.industry_cols.split(",") if name.strip()),
            options.current_col,
        ),
        cache=Path(options.cache),
        kept_at=options.kept_at,
        user_agent=_user_agent(options.user_agent),
        pause=_number("pause", options.pause, 0.0),
        sites=int(_number("sites", options.sites, 1)),
        processes=int(_number("processes", options.processes, 1)),
        language_model=language_model_options(options),
        batch_wait=_batch_wait(options),
    )


def _batch_wait(options: argparse.Namespace) -> float | None:
    wanted = options.llm_batch.strip().lower()
    if wanted not in _TRUE | _FALSE:
        raise ConfigurationError(f"{_BATCH} is {options.llm_batch!r}; true or false is wanted")
    minutes = _number("llm-batch-wait", options.llm_batch_wait, 0.0)
    return minutes if wanted in _TRUE else None


def _user_agent(text: str) -> str:
    if not text.isascii() or not text.isprintable() or not text.partition("/")[0].replace("-", "").isalpha():
        raise ConfigurationError(f"--user-agent is {text!r}; write it like leadgen/1.0 (+https://example.com/crawler)")
    return text


def _number(flag: str, text: str, least: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not least <= number < 10_000:
        raise ConfigurationError(f"--{flag} is {text!r}; a number of {least:g} or more is wanted")
    return number
