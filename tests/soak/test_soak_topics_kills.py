"""Thirty kills of one run, at random moments: what it leaves equals an undisturbed run's."""

import json
import os
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet
import pytest
from leadgen.database.embedded import embedded_package
from openai_server import FakeModel
from topic_runs import language_model, start_run
from topic_tables import run_tables

pytestmark = pytest.mark.soak

TRANSCRIPTS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "transcript_sentences.parquet"
QUARTER = "2021Q3"
FIRMS = 120
KILLS = ("kill -9", "SIGTERM", "database restart", "database crash", "language model outage")
N_KILLS = 30
LONGEST_SECONDS = 1800


@pytest.fixture
def transcripts(tmp_path: Path) -> Path:
    """A quarter of some firms, from real calls."""
    if not TRANSCRIPTS.exists():
        pytest.skip(f"{TRANSCRIPTS.name} is not there: the real transcripts are not part of the project")
    rows = pyarrow.parquet.read_table(TRANSCRIPTS, filters=[("quarter", "=", QUARTER)])
    firms = pc.unique(rows["companyid"]).sort()[:FIRMS]
    path = tmp_path / "transcripts.parquet"
    pyarrow.parquet.write_table(rows.filter(pc.is_in(rows["companyid"], firms)), path)
    return path


class Server:
    """PostgreSQL of this test, which can be stopped under its users."""

    def __init__(self, folder: Path) -> None:
        self._server = embedded_package().get_server(folder, cleanup_mode="delete")
        self.url = self._server.get_uri()

    def restart(self, mode: str) -> None:
        """`fast` ends sessions in good order, `immediate` is a crash."""
        command = [str(self._server.bin_path / "pg_ctl"), "-D", str(self._server.pgdata), "-m", mode, "-w", "restart"]
        command += ["-l", str(self._server.log), "-o", f'-h "" -k {self._server.get_postmaster_info().socket_dir}']
        user = self._server.system_user
        subprocess.run(command, check=True, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")

    def close(self) -> None:
        self._server.cleanup()


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    """One for the undisturbed run, one for the other."""
    both = [Server(Path(tempfile.mkdtemp(prefix="pg-"))) for _ in range(2)]
    yield both
    for server in both:
        server.close()


def test_a_run_that_is_killed_thirty_times_leaves_what_an_undisturbed_one_leaves(
    tmp_path: Path, transcripts: Path, servers: list[Server]
) -> None:
    calm, rough = servers
    with FakeModel(seconds=0.3) as model:
        undisturbed = run_to_its_end(tmp_path / "calm", transcripts, calm, model)
        kills = disturb(tmp_path / "rough", transcripts, rough, model, random.Random(4))
        disturbed = run_to_its_end(tmp_path / "rough", transcripts, rough, model)
    assert set(kills) == set(KILLS)
    assert disturbed["topics_pending"] == 0
    expected, found = run_tables(calm.url, undisturbed["run"]), run_tables(rough.url, disturbed["run"])
    assert expected["firms"]
    assert expected["indexes"]
    for name, rows in expected.items():
        assert found[name] == rows, name


def disturb(work: Path, transcripts: Path, server: Server, model: FakeModel, rng: random.Random) -> Counter[str]:
    """Start the run again and again, and never let it end well; what was done to it, counted."""
    kills: Counter[str] = Counter()
    deadline = time.monotonic() + LONGEST_SECONDS
    process = begin(work, transcripts, server, model)
    while kills.total() < N_KILLS and time.monotonic() < deadline:
        time.sleep(rng.uniform(0.5, 12))
        kind = KILLS[kills.total() % len(KILLS)]
        if process.poll() is None:
            strike(kind, process, server, model, rng)
            kills[kind] += 1
        if process.poll() is not None:
            assert process.returncode in (0, 75, -signal.SIGKILL, -signal.SIGTERM), process.communicate()
            process.communicate()
            process = begin(work, transcripts, server, model)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return kills


def strike(kind: str, process: "subprocess.Popen[str]", server: Server, model: FakeModel, rng: random.Random) -> None:
    if kind == "kill -9":
        # The run's own process alone: its helpers must notice by themselves.
        process.kill()
        process.wait()
    elif kind == "SIGTERM":
        process.terminate()
        # Before it listens to signals, it has begun nothing.
        assert process.wait(40) in (0, 75, -signal.SIGTERM)
    elif kind.startswith("database"):
        server.restart("fast" if kind == "database restart" else "immediate")
    else:
        model.out = True
        time.sleep(rng.uniform(1, 4))
        model.out = False


def begin(work: Path, transcripts: Path, server: Server, model: FakeModel) -> "subprocess.Popen[str]":
    work.mkdir(exist_ok=True)
    return start_run(work, transcripts, QUARTER, server.url, **language_model(model.url))


def run_to_its_end(work: Path, transcripts: Path, server: Server, model: FakeModel) -> dict:
    process = begin(work, transcripts, server, model)
    output, errors = process.communicate(timeout=LONGEST_SECONDS)
    assert process.returncode == 0, errors
    return json.loads(output)
