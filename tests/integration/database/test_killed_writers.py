"""kill -9 at any moment leaves whole firms only, and starting again completes the run."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from firm_examples import example

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
FIRMS = 150
Rows = Callable[..., list[tuple[object, ...]]]
ENVIRONMENT = {
    **os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers" / "leadgen" / "python"), str(HERE)]),
}  # fmt: skip
PARTS = """SELECT f.company_id, f.n_sentences, f.n_topics,
    (SELECT count(*) FROM sentences s WHERE s.run_id = f.run_id AND s.firm_id = f.id),
    (SELECT count(*) FROM topics t WHERE t.run_id = f.run_id AND t.firm_id = f.id),
    (SELECT sum(t.n_sentences) FROM topics t WHERE t.run_id = f.run_id AND t.firm_id = f.id),
    (SELECT count(*) FROM sentences s JOIN topics t ON t.run_id = s.run_id AND t.id = s.topic_id
     WHERE s.run_id = f.run_id AND s.firm_id = f.id) FROM firms f ORDER BY f.company_id"""


def start(url: str) -> "subprocess.Popen[str]":
    writer = subprocess.Popen(
        [sys.executable, HERE / "killed_writer.py", url, str(FIRMS)],
        stdout=subprocess.PIPE, text=True, env=ENVIRONMENT,
    )  # fmt: skip
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    return writer


@pytest.mark.soak
def test_kills_leave_whole_firms_and_the_last_start_completes_the_run(database: str, rows: Rows) -> None:
    moments, found = random.Random(7), [0]
    whole = (400, 3, 400, 3, 320, 320)
    while len(found) < 5:
        writer = start(database)
        time.sleep(moments.uniform(0.05, 0.3))
        writer.kill()
        writer.wait()
        firms = rows(PARTS)
        assert {tuple(row[1:]) for row in firms} <= {whole}
        found.append(len(firms))
        writer.stdout.close()
    assert found[1] < FIRMS, "the first kill came too late to cut anything off"
    assert found == sorted(found)
    last = start(database)
    assert last.wait(60) == 0
    last.stdout.close()
    assert [row[0] for row in rows(PARTS)] == [f"company-{number:03}" for number in range(FIRMS)]
    assert {tuple(row[1:]) for row in rows(PARTS)} == {whole}
    said = rows("SELECT s.text FROM sentences s JOIN firms f ON f.id = s.firm_id WHERE f.company_id = 'company-007' "
                "ORDER BY s.position")  # fmt: skip
    assert [text for (text,) in said] == example("company-007", n=400).firm.texts


DYING = """
import os, signal, sys
from firm_examples import configuration, example
from leadgen.database.connection import connect
from build_artifacts.topics.store import RunStore, firm_rows
copy_rows = firm_rows.copy_rows
def copy_and_die(connection, table, columns):
    copy_rows(connection, table, columns)
    if table.startswith(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
firm_rows.copy_rows = copy_and_die
store = RunStore(connect(sys.argv[1]))
example("acme").write(store, store.open_run(configuration()).id)
"""


@pytest.mark.parametrize("after", ["topics", "sentences"])
def test_a_process_that_dies_within_a_firm_leaves_nothing_of_it(database: str, rows: Rows, after: str) -> None:
    died = subprocess.run([sys.executable, "-c", DYING, database, after], env=ENVIRONMENT, check=False)
    assert died.returncode == -signal.SIGKILL
    assert rows(PARTS) == []
    assert rows("SELECT (SELECT count(*) FROM topics), (SELECT count(*) FROM sentences)") == [(0, 0)]
