"""A folder to build in, by the command line, in this process or in one that is stopped on its way."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from leadgen.engine import Engine

from build_artifacts.cli import main

ROOT = Path(__file__).resolve().parents[3]
# Runs the command line; at the first file opened or renamed whose path ends like the first argument it signals itself.
STOPPED_AT = """
import os, sys
place, number = sys.argv[1], int(sys.argv[2])
def hook(event, arguments):
    if event in ("open", "os.rename") and str(arguments[0]).endswith(place):
        os.kill(os.getpid(), number)
sys.addaudithook(hook)
from build_artifacts.cli import main
sys.exit(main(sys.argv[3:]))
"""


@dataclass(frozen=True)
class Workplace:
    """A folder with the tables to build from; every build shares one cache."""

    folder: Path
    model: str = "hashing"

    @property
    def artifacts(self) -> Path:
        return self.folder / "artifacts"

    @property
    def current(self) -> str:
        return (self.artifacts / "CURRENT").read_text().strip()

    @property
    def bundle(self) -> Path:
        return self.artifacts / self.current

    @property
    def key(self) -> str:
        return (self.artifacts / "digest.key").read_text()

    def flags(self, *more: str, tables: bool = True) -> list[str]:
        given = ["--input-path", str(self.folder / "customers.parquet")]
        given += ["--companies-input-path", str(self.folder / "companies.parquet")]
        places = ["--artifacts", str(self.artifacts), "--cache", str(self.folder / "cache")]
        return ["indices", *(given if tables else []), *places, "--text-model", self.model, "--threads", "1", *more]

    def build(self, *more: str, tables: bool = True) -> int:
        return main(self.flags(*more, tables=tables))

    def start(self, place: str, number: signal.Signals) -> "subprocess.Popen[bytes]":
        """A build in its own process, that gets the signal when it opens or renames `place`."""
        command = [sys.executable, "-c", STOPPED_AT, place, str(int(number)), *self.flags()]
        with (self.folder / "build.log").open("w") as log:
            return subprocess.Popen(command, cwd=ROOT, env=clean_environment(), stdout=log, stderr=log)

    def open_without_key(self) -> Engine:
        return Engine.open(str(self.artifacts), digest_key=None, threads=1)

    def open(self, folder: Path | None = None, *, checksums: bool = True) -> Engine:
        return Engine.open(str(folder or self.artifacts), digest_key=self.key, threads=1, checksums=checksums)


def clean_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEADGEN_", "AWS_"))}
    return kept | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers/leadgen/python")])}


def wait_until_stopped(process: "subprocess.Popen[bytes]") -> None:
    """Until the process has been suspended by SIGSTOP."""
    for _ in range(2000):
        assert process.poll() is None
        if Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T":
            return
        time.sleep(0.01)
    raise AssertionError("the build was not suspended")


def build_before_and_after_a_change(workplace: Workplace) -> str:
    """Build, change a few rows; returns what the next build makes of them, the first bundle being in service again."""
    assert workplace.build() == 0
    before = workplace.current
    table = pd.read_parquet(workplace.folder / "customers.parquet")
    table.loc[:3, "bio"] = "leases wind turbines to farmers"
    table.to_parquet(workplace.folder / "customers.parquet")
    assert workplace.build() == 0
    after = workplace.current
    shutil.rmtree(workplace.bundle)
    (workplace.artifacts / "CURRENT").write_text(before + "\n")
    return after


def damage_and_open(workplace: Workplace, bundle: Path, mode: str, flips: int = 0) -> list[dict[str, str]]:
    """What `opening.py` notes of every damage to every file of `bundle`; its process must survive all."""
    notes = bundle.parent / "notes"
    program = str(Path(__file__).with_name("opening.py"))
    command = [sys.executable, program, str(bundle), workplace.key, mode, str(flips), str(notes)]
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True)
    assert done.returncode == 0, notes.read_text()[-500:] + done.stderr[-2000:]
    return [json.loads(line) for line in notes.read_text().splitlines()]
