"""A server that goes away is one error, and what was under way can be done again whole."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from firm_examples import configuration, example
from leadgen.database.connection import DatabaseUnavailableError, connect
from leadgen.errors import ConfigurationError
from sqlalchemy import Engine, text

from build_artifacts.database.migrate import migrate
from build_artifacts.topics.store import RunStore


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Room for a server of this test's own, stopped at the end."""
    yield tmp_path / "pg"
    for process in servers(tmp_path / "pg"):
        process.send_signal(signal.SIGINT)
        process.wait(20)


@pytest.fixture
def embedded(folder: Path) -> Iterator[Engine]:
    engine = connect(f"embedded:{folder}")
    migrate(engine)
    yield engine
    engine.dispose()


def servers(folder: Path) -> list[psutil.Process]:
    """The first processes of the servers that run in a folder; PostgreSQL's others are their children."""
    found = [p for p in psutil.process_iter(("name", "cwd")) if p.info["name"] == "postgres"]
    mine = [p for p in found if p.info["cwd"] == str(folder) and p.status() != psutil.STATUS_ZOMBIE]
    return [p for p in mine if p.ppid() not in {other.pid for other in mine}]


def stop(folder: Path, how: signal.Signals) -> None:
    """SIGINT disconnects everybody and stops, SIGQUIT aborts as a crash would."""
    (server,) = servers(folder)
    server.send_signal(how)
    psutil.wait_procs([server], 20)


def cut_off(store: RunStore, run_id: int, stop_server: Callable[[], None]) -> None:
    """A transaction whose server stops in the middle."""
    with store.writing(run_id) as connection:
        connection.execute(text("DELETE FROM sentences"))
        stop_server()
        connection.execute(text("DELETE FROM topics"))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_restart_in_the_middle_of_a_firm_loses_nothing(folder: Path, embedded: Engine, how: signal.Signals) -> None:
    with RunStore(embedded, lock_wait_seconds=0) as store:
        run_id = store.open_run(configuration()).id
        example("before").write(store, run_id)
        with pytest.raises(DatabaseUnavailableError):
            cut_off(store, run_id, lambda: stop(folder, how))
        for company in ("before", "after"):
            example(company).write(store, run_id)
        assert store.finished_firms(run_id) == {"before": "before-0", "after": "after-0"}
        with embedded.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM sentences")) == 40
            assert connection.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")) == 2


def test_a_server_lost_in_the_middle_of_a_copy_is_the_same_error(
    folder: Path, embedded: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from build_artifacts.database import copying

    blocks = copying.binary_blocks

    def blocks_of_a_dying_server(columns: copying.Columns) -> Iterator[bytes]:
        header, *rest = blocks(columns)
        yield header
        stop(folder, signal.SIGQUIT)
        yield from rest

    with RunStore(embedded, lock_wait_seconds=0) as store:
        run_id = store.open_run(configuration()).id
        monkeypatch.setattr(copying, "binary_blocks", blocks_of_a_dying_server)
        with pytest.raises(DatabaseUnavailableError):
            example("acme").write(store, run_id)
        monkeypatch.undo()
        example("acme").write(store, run_id)
        assert store.finished_firms(run_id) == {"acme": "acme-0"}


def test_a_run_taken_over_while_the_server_was_away_can_no_longer_be_written(folder: Path, embedded: Engine) -> None:
    other = connect(f"embedded:{folder}")
    with RunStore(embedded, lock_wait_seconds=0) as first, RunStore(other, lock_wait_seconds=0) as second:
        run_id = first.open_run(configuration()).id
        stop(folder, signal.SIGINT)
        assert second.open_run(configuration()).id == run_id
        with pytest.raises(DatabaseUnavailableError):
            example("acme").write(first, run_id)
        with pytest.raises(ConfigurationError, match="another process"):
            example("acme").write(first, run_id)
        example("acme").write(second, run_id)
    other.dispose()


def test_readers_outlive_a_restart(folder: Path, embedded: Engine) -> None:
    reader = connect(f"embedded:{folder}", read_only=True)
    for _ in range(2):
        with reader.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM runs")) == 0
        stop(folder, signal.SIGINT)
    reader.dispose()


USE = """
import sys
from leadgen.database.connection import connect
from sqlalchemy import text
with connect("embedded:" + sys.argv[1]).connect() as connection:
    print(connection.scalar(text("SELECT 'connected'")), flush=True)
    sys.stdin.read()
"""


def use(folder: Path) -> "subprocess.Popen[str]":
    layer = Path(__file__).parents[3] / "layers" / "leadgen" / "python"
    user = subprocess.Popen(
        [sys.executable, "-c", USE, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(layer)},
    )  # fmt: skip
    assert user.stdout is not None
    assert user.stdout.readline() == "connected\n"
    return user


def test_the_last_process_that_uses_a_folder_stops_its_server_even_after_a_kill(folder: Path) -> None:
    killed, first = use(folder), use(folder)
    killed.kill()
    killed.communicate()
    assert len(servers(folder)) == 1
    last = use(folder)
    first.communicate("")
    assert len(servers(folder)) == 1
    last.communicate("")
    assert servers(folder) == []


def test_a_server_that_died_with_its_machine_is_started_again(folder: Path) -> None:
    use(folder).communicate("")
    # What a reset leaves: the file that names the server's process, whose number another program has since got.
    (folder / "postmaster.pid").write_text(f"{os.getpid()}\n{folder}\n1\n5432\n{folder}\n\n1 1\nready\n")
    use(folder).communicate("")


def test_an_embedded_database_in_an_unusable_folder_is_refused_with_its_name(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    with pytest.raises(ConfigurationError, match="taken"):
        connect(f"embedded:{taken}").connect()
