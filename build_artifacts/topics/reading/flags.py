"""The flags that describe transcripts, and their twins in the environment."""

import argparse
import os
from typing import cast, get_args

from leadgen.errors import ConfigurationError

from build_artifacts.topics.reading.options import COLUMNS, REQUIRED, TextUnit, TranscriptOptions

_COLUMN_HELP = {
    "company": "unique id of a firm",
    "quarter": "2021Q3, Q3 2021, a date, or 1 to 4 with a year column",
    "text": "a sentence, or a speaker's turn",
    "year": "year, where the quarter column holds 1 to 4",
    "document": "the call a row belongs to",
    "position": "place of a sentence in its call",
    "turn": "place of a speaker's turn in its call",
    "section": "prepared remarks, or questions and answers",
    "speaker": "name of the speaker",
    "role": "role of the speaker, such as Analyst",
    "ticker": "ticker of the firm",
    "name": "name of the firm",
}
_OTHERS = {
    "input-path": "transcripts as parquet or CSV: a file, a folder, or s3://…",
    "participants-path": "who took part in each call: the document column, and `participant` (Name--Role)",
    "text-unit": f"what a row holds: {', '.join(get_args(TextUnit))} (default: auto)",
}
_PREFIX = "LEADGEN_TRANSCRIPTS_"


def variable(flag: str) -> str:
    """The environment's name of a flag: `--input-path` is LEADGEN_TRANSCRIPTS_INPUT_PATH."""
    return _PREFIX + flag.replace("-", "_").upper()


def add_transcript_flags(parser: argparse.ArgumentParser) -> None:
    """Flags that `transcript_options` reads; one that is absent or empty in the environment has its default."""
    for flag, text in _OTHERS.items():
        _add(parser, flag, text)
    for holds, text in _COLUMN_HELP.items():
        needed = "" if holds in REQUIRED else ", if there"
        _add(parser, f"{holds}-col", f"{text} (default: {COLUMNS[holds]}{needed})")


def _add(parser: argparse.ArgumentParser, flag: str, text: str) -> None:
    parser.add_argument(f"--{flag}", default=os.environ.get(variable(flag)) or None, help=text)


def transcript_options(options: argparse.Namespace) -> TranscriptOptions:
    """What the flags say; raises ConfigurationError naming the flag at fault."""
    if not options.input_path:
        raise ConfigurationError(f"no transcripts to read: give --input-path, or set {variable('input-path')}")
    unit = options.text_unit or "auto"
    if unit not in get_args(TextUnit):
        raise ConfigurationError(f"--text-unit is {unit!r}; it is one of {', '.join(get_args(TextUnit))}")
    columns = {f"{holds}_col": getattr(options, f"{holds}_col") or None for holds in COLUMNS}
    return TranscriptOptions(options.input_path, options.participants_path or None, cast(TextUnit, unit), **columns)
