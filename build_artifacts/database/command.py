"""`leadgen database`: make a database ready for runs, and delete runs that nobody needs."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from leadgen.database.connection import connect
from sqlalchemy import Engine, select

from build_artifacts.database.flags import add_database_flag


def add_database_command(parser: argparse.ArgumentParser) -> None:
    """The flags of `leadgen database`, and what it runs."""
    add_database_flag(parser)
    parser.set_defaults(run=database)
    actions = parser.add_subparsers(dest="action", required=True)
    prepare = actions.add_parser("prepare", help="create or migrate the tables, and the roles that write and read")
    prepare.add_argument("--without-roles", action="store_true", help="tables only, for a user who may create no role")
    actions.add_parser("runs", help="list the runs")
    deletion = actions.add_parser("delete-run", help="remove a run with its sentences, topics and themes")
    deletion.add_argument("run_id", type=int)


def database(options: argparse.Namespace) -> None:
    """Do what the flags say."""
    {"prepare": _prepare, "runs": _list_runs, "delete-run": _delete_run}[options.action](options)


def _prepare(options: argparse.Namespace) -> None:
    from build_artifacts.database.migrate import migrate
    from build_artifacts.database.roles import READER, WRITER, grant_roles

    with _engine(options) as engine:
        migrate(engine)
        print("tables are up to date")
        if not options.without_roles:
            grant_roles(engine)
            print(f"roles: {WRITER}, {READER}")


def _list_runs(options: argparse.Namespace) -> None:
    from leadgen.database.schema import Run

    with _engine(options) as engine, engine.connect() as connection:
        for run in connection.execute(select(Run.id, Run.quarter, Run.status, Run.started_at).order_by(Run.id)):
            print(f"{run.id}\t{run.quarter}\t{run.status}\t{run.started_at:%Y-%m-%d %H:%M}")


def _delete_run(options: argparse.Namespace) -> None:
    from build_artifacts.topics.store import RunStore

    with _engine(options) as engine, RunStore(engine) as store:
        store.delete_run(options.run_id)
    print(f"run {options.run_id} is deleted")


@contextmanager
def _engine(options: argparse.Namespace) -> Iterator[Engine]:
    engine = connect(options.database)
    try:
        yield engine
    finally:
        engine.dispose()
