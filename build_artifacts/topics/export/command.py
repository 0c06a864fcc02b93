"""`leadgen themes export`."""

import argparse
from typing import get_args

from leadgen.database.runs import RunChoice

from build_artifacts.database.flags import add_database_flag
from build_artifacts.topics.export.exporting import ExportOptions, Format, export_run
from build_artifacts.topics.export.vector_columns import VectorType


def add_themes_commands(parser: argparse.ArgumentParser) -> None:
    """What `leadgen themes` can do."""
    commands = parser.add_subparsers(dest="themes_command", required=True)
    exporting = commands.add_parser("export", help="parquet tables, a map, the history and the tree of themes")
    add_export_flags(exporting)
    exporting.set_defaults(run=export)


def add_export_flags(parser: argparse.ArgumentParser) -> None:
    """Flags of `leadgen themes export`."""
    add_database_flag(parser)
    parser.add_argument("--output-path", default="artifacts/themes", help="a folder, local or s3://bucket/prefix")
    parser.add_argument("--quarter", help="the newest complete run of this quarter (default: of all)")
    parser.add_argument("--run-id", type=int, help="the complete run with this id")
    parser.add_argument(
        "--format", choices=get_args(Format), default="all", help="all, or only the parquet tables, or only pictures"
    )
    parser.add_argument(
        "--embeddings", choices=get_args(VectorType), default="float16",
        help="how the tables hold vectors: float16 as they are stored, float32 for tools without float16, or not",
    )  # fmt: skip


def export(options: argparse.Namespace) -> None:
    """Write the files and print where they are."""
    choice = RunChoice(quarter=options.quarter, run_id=options.run_id)
    wanted = ExportOptions(options.database, options.output_path, choice, options.format, options.embeddings)
    for address in export_run(wanted):
        print(address)
