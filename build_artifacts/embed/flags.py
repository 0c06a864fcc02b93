"""The flags of `leadgen embed` and their twins in the environment."""

import argparse
import os
from pathlib import Path
from typing import Any, get_args

from leadgen.cores import usable_cores
from leadgen.errors import ConfigurationError
from leadgen.text import TextKind, Truncate
from leadgen.text.device import Device
from leadgen.text.spec import Precision

from build_artifacts.embed.options import EmbeddingType, EmbedOptions, LongText

_FLAGS = (
    ("input-path", "parquet, CSV or JSON lines: a file, a folder, or s3://…", None),
    ("output-path", "id, embedding, tokens and cut of each row, as a parquet file or s3://….parquet", None),
    ("text-cols", "columns joined into the text that is embedded, separated by commas", None),
    ("id-col", "column that is copied as the row's id; without it rows are numbered", None),
    ("text-model", "auto, hashing, a compiled model's or checkpoint's folder, s3://…, or a Hugging Face id", "auto"),
    ("cache", "folder of compiled text models", "artifacts/cache"),
    ("threads", "cores to use", str(usable_cores())),
)  # fmt: skip
_CHOICES: tuple[tuple[str, str, Any, str], ...] = (
    ("kind", "what the texts are to a model that tells queries from passages", TextKind, "passage"),
    ("truncate", "which side of a text too long for the model is left out, or that it is an error", Truncate, "end"),
    ("long-text", "cut such texts, or embed them whole: the mean of their windows", LongText, "truncate"),
    ("embedding-type", "numbers of the embeddings", EmbeddingType, "float32"),
    ("precision", "of a model that is not compiled yet", Precision, "fp32"),
    ("device", "where a neural model computes", Device, "auto"),
)


def variable(flag: str) -> str:
    """The environment's name of a flag: `--text-cols` is LEADGEN_EMBED_TEXT_COLS."""
    return "LEADGEN_EMBED_" + flag.replace("-", "_").upper()


def add_embed_flags(parser: argparse.ArgumentParser) -> None:
    """Flags of `leadgen embed`; each may be given as LEADGEN_EMBED_<FLAG>, in capitals, instead."""
    for name, text, default in _FLAGS:
        _add(parser, name, text, default)
    for name, text, choices, default in _CHOICES:
        _add(parser, name, f"{text}: {', '.join(get_args(choices))}", default)


def _add(parser: argparse.ArgumentParser, name: str, text: str, default: str | None) -> None:
    shown = f"{text} (${variable(name)}; default: {default})" if default else f"{text} (${variable(name)})"
    parser.add_argument(f"--{name}", default=os.environ.get(variable(name)) or default, help=shown.replace("%", "%%"))


def embed_options(options: argparse.Namespace) -> EmbedOptions:
    """What `leadgen embed` was told; raises ConfigurationError naming the flag at fault."""
    given = vars(options)
    for flag in ("input-path", "output-path", "text-cols"):
        if not given[flag.replace("-", "_")]:
            raise ConfigurationError(f"--{flag} is missing")
    if not options.output_path.endswith(".parquet"):
        raise ConfigurationError(f"--output-path is {options.output_path!r}; a name that ends in .parquet is wanted")
    chosen = {name.replace("-", "_"): _choice(name, given, choices) for name, _, choices, _ in _CHOICES}
    return EmbedOptions(
        input_path=options.input_path,
        output_path=options.output_path,
        text_cols=tuple(name.strip() for name in options.text_cols.split(",") if name.strip()),
        id_col=options.id_col,
        text_model=options.text_model,
        threads=_threads(options.threads),
        cache=Path(options.cache),
        **chosen,
    )


def _choice(flag: str, given: dict[str, Any], choices: Any) -> Any:
    value = given[flag.replace("-", "_")]
    if value not in get_args(choices):
        raise ConfigurationError(f"--{flag} is {value!r}; it is one of {', '.join(get_args(choices))}")
    return value


def _threads(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ConfigurationError(f"--threads is {text!r}; a whole number of 1 or more is wanted")
    return int(text)
