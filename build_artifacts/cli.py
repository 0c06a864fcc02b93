"""The command line: `leadgen COMMAND`, also `python -m build_artifacts COMMAND`."""

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from leadgen.errors import LeadgenError

from build_artifacts import table_flags
from build_artifacts.call import add_call_flags, call
from build_artifacts.cost.flags import add_cost_flags, cost_report
from build_artifacts.lazy_command import LazyCommand

_OURS = ("build_artifacts", "leadgen")
_LAZY = (
    (
        "describe",
        "describe companies from their websites",
        "build_artifacts.descriptions.command:add_describe_command",
    ),
    (
        "topics",
        "topics of each firm and themes across firms, of a quarter's transcripts",
        "build_artifacts.topics.command:add_topics_command",
    ),
    ("themes", "export the themes that were found", "build_artifacts.topics.export.command:add_themes_commands"),
    ("model", "compile a text model for the service", "build_artifacts.models.command:add_model_command"),
    ("embed", "embeddings of a table's texts", "build_artifacts.embed.command:add_embed_command"),
    ("database", "make the database ready for them", "build_artifacts.database.command:add_database_command"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code, or 2 with one line on what is at fault and what to do."""
    # At level INFO libraries tell where they found credentials, or every request that they send.
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    command = "leadgen"
    try:
        options = _parser().parse_args(arguments)
        command = f"leadgen {options.command}"
        return int(options.run(options) or 0)
    except LeadgenError as error:
        print(f"{command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{command}: stopped; nothing in service has changed", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="leadgen", description="Score leads and find similar companies.")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=LazyCommand)
    data = commands.add_parser("data", help="write the sample tables")
    data.add_argument("--output-path", type=Path, default=Path("data"))
    data.add_argument("--customers", type=int, default=5000)
    data.add_argument("--companies", type=int, default=2000)
    data.add_argument("--seed", type=int, default=7)
    data.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    data.set_defaults(run=_data)
    indices = commands.add_parser(
        "indices", help="build a bundle from a customers and a companies table",
        epilog="Every flag may be given as LEADGEN_<FLAG> in the environment instead, lists separated by commas.",
    )  # fmt: skip
    table_flags.add_build_flags(indices)
    indices.set_defaults(run=_indices)
    evaluate = commands.add_parser("evaluate", help="judge a bundle on labelled tables it was not built from")
    table_flags.add_evaluate_flags(evaluate)
    evaluate.set_defaults(run=_evaluate)
    rebuild = commands.add_parser("rebuild", help="build a bundle, judge it, and write the image's build context")
    table_flags.add_build_flags(rebuild)
    rebuild.add_argument("--folder", type=Path, default=Path("build"))
    rebuild.set_defaults(run=_rebuild)
    candidate = commands.add_parser("candidate", help="hand a pushed image on to the rollout")
    candidate.add_argument("--folder", type=Path, default=Path("build"))
    candidate.add_argument("--metadata", type=Path, required=True, help="what docker buildx build wrote")
    candidate.set_defaults(run=_candidate)
    for name, meaning, declares in _LAZY:
        commands.add_parser(name, help=meaning).declares = declares
    cost = commands.add_parser("cost", help="what a deployment costs a month")
    add_cost_flags(cost)
    cost.set_defaults(run=_cost)
    caller = commands.add_parser("call", help="call a deployed API, signed")
    add_call_flags(caller)
    caller.set_defaults(run=call)
    return parser


def _data(options: argparse.Namespace) -> None:
    from build_artifacts.sample import write_sample

    paths = write_sample(options.output_path, options.customers, options.companies, options.seed, options.format)
    print(f"{paths.customers}\n{paths.companies}\n{paths.leads}\n{paths.transcripts}")


def _indices(options: argparse.Namespace) -> None:
    from build_artifacts.indices import build_indices

    print(build_indices(table_flags.build_options(options)))


def _evaluate(options: argparse.Namespace) -> None:
    from leadgen.engine import Engine

    from build_artifacts.evaluate import as_table, evaluate
    from build_artifacts.indices.digest_key import known_digest_key

    threads = table_flags.threads(options)
    engine = Engine.open(options.bundle, digest_key=known_digest_key(options.bundle), threads=threads)
    leads, companies = table_flags.evaluated_tables(options, engine.manifest)
    report = evaluate(engine, leads, companies)
    print(as_table(report))
    if options.json:
        options.json.write_text(json.dumps(report, indent=1), "utf-8")


def _rebuild(options: argparse.Namespace) -> int:
    from build_artifacts.rebuild.rebuild import rebuild
    from build_artifacts.rebuild.refusal import GateRefusedError

    try:
        rebuild(table_flags.build_options(options), options.folder)
    except GateRefusedError as refusal:
        print(f"leadgen rebuild: {refusal}", file=sys.stderr)
        return 3
    return 0


def _candidate(options: argparse.Namespace) -> None:
    from build_artifacts.rebuild.candidate import hand_on

    print(hand_on(options.folder, options.metadata))


def _cost(options: argparse.Namespace) -> None:
    print(cost_report(options))


if __name__ == "__main__":
    sys.exit(main())
