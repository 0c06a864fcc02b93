"""A process that writes firms until it has written all, to be killed: `python killed_writer.py URL FIRMS`."""

import sys

from firm_examples import configuration, example
from leadgen.database.connection import connect

from build_artifacts.topics.store import RunStore


def write_missing(url: str, n_firms: int) -> None:
    engine = connect(url)
    with RunStore(engine, lock_wait_seconds=10) as store:
        run_id = store.open_run(configuration()).id
        finished = store.finished_firms(run_id)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for number in range(n_firms):
            if f"company-{number:03}" not in finished:
                example(f"company-{number:03}", n=400).write(store, run_id)
        store.finish(run_id, {})


if __name__ == "__main__":
    write_missing(sys.argv[1], int(sys.argv[2]))
