"""`leadgen model`: a text model for the service, compiled in the form that suits this machine and the user's texts."""

import argparse
import logging
import shutil
import tempfile
from itertools import islice
from pathlib import Path
from typing import Literal, cast, get_args

from leadgen.errors import ConfigurationError, InputError
from leadgen.features import ColumnPlan
from leadgen.text import TextModelSpec
from leadgen.text.spec import Precision

from build_artifacts.jobs.reading import open_source
from build_artifacts.models.compiler import publish
from build_artifacts.models.fastest import DEFAULT_FLOOR
from build_artifacts.models.form import Engine
from build_artifacts.models.prepare import prepare_text_model

_PRECISIONS = ("auto", *get_args(Precision))
_ROWS = 5000

log = logging.getLogger(__name__)


def add_model_command(parser: argparse.ArgumentParser) -> None:
    """The flags of `leadgen model`, and what it runs."""
    parser.add_argument("name", help="auto, a checkpoint's folder, s3://…, or a Hugging Face id")
    parser.add_argument("--output-path", type=Path, required=True, help="folder to write; one that exists is replaced")
    parser.add_argument("--precision", choices=_PRECISIONS, default="auto", help="default: auto, by --fidelity-floor")
    parser.add_argument("--engine", choices=get_args(Engine), default="onnxruntime", help="what computes fp32 on a CPU")
    parser.add_argument("--input-path", help="table with texts such as will be embedded, to judge auto by")
    parser.add_argument("--text-cols", default="", help="its columns joined into a text, separated by commas")
    parser.add_argument(
        "--fidelity-floor", type=float, default=DEFAULT_FLOOR,
        help="least share of a text's ten nearest neighbours that stay as in fp32 (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--cache", type=Path, default=Path("artifacts/cache"), help="folder of compiled text models")
    parser.set_defaults(run=model)


def model(options: argparse.Namespace) -> None:
    """Compile, write the folder and print its specification, as JSON.

    Raises:
        ConfigurationError: `auto` without a table, or a floor that is no share.
        InputError: the table or one of its columns is not there.
        ModelError: the model cannot be found or compiled, or the folder to replace is no text model's.
    """
    if not 0 <= options.fidelity_floor <= 1:
        raise ConfigurationError(f"--fidelity-floor is {options.fidelity_floor}; a share between 0 and 1 is wanted")
    precision = cast("Precision | Literal['auto']", options.precision)
    texts = _sample(options) if precision == "auto" else []
    found = prepare_text_model(
        options.name, options.cache, precision, engine=options.engine, texts=texts, floor=options.fidelity_floor
    )
    _replace(found, options.output_path)
    print(TextModelSpec.read(options.output_path).model_dump_json(indent=1, exclude_none=True))


def _sample(options: argparse.Namespace) -> list[str]:
    columns = tuple(name.strip() for name in options.text_cols.split(",") if name.strip())
    if not options.input_path or not columns:
        raise ConfigurationError("--precision auto is chosen by your texts: give --input-path and --text-cols")
    source = open_source(options.input_path, lambda problem: log.warning("%s is left out", problem))
    for column in columns:
        if column not in source.columns:
            raise InputError(f"{options.input_path} has no column {column!r}; it has {', '.join(source.columns)}")
    plan = ColumnPlan(text=columns)
    rows = (row for batch in source.batches(list(columns)) for row in batch.to_pylist())
    return [plan.passage(row) for row in islice(rows, _ROWS)]


def _replace(found: Path, target: Path) -> None:
    if target.exists():
        TextModelSpec.read(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".compiling-", ignore_cleanup_errors=True) as work:
        copy = Path(shutil.copytree(found, Path(work) / "new"))
        if target.exists():
            target.rename(Path(work) / "old")
        publish(copy, target)
