"""Wall time and peak memory of `leadgen indices` by the size of the customers' table: `python -m benchmarks.scale`.

Memory must not grow with the table beyond its vectors. The sample's customers are embedded by the hashing model, so
that the table, not the embedding, is what is measured; every size runs in a process of its own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

SIZES = (20_000, 100_000, 400_000)
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Measured:
    """One build. Memory in bytes: `peak` is all that was resident, `anonymous` what no file on disk stands behind."""

    rows: int
    seconds: float
    peak: int
    anonymous: int
    vectors: int


def measure(customers: int, folder: Path, threads: int) -> Measured:
    """Write the sample, build it, and watch the process that builds."""
    python = [sys.executable, "-m", "build_artifacts"]
    subprocess.run(
        [*python, "data", "--output-path", str(folder), "--customers", str(customers), "--companies", "100"],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    table, artifacts = folder / "customers.parquet", folder / "artifacts"
    places = ["--artifacts", str(artifacts), "--cache", str(folder / "cache")]
    flags = ["--input-path", str(table), "--text-model", "hashing", "--threads", str(threads)]
    started = time.perf_counter()
    process = subprocess.Popen([*python, "indices", *places, *flags], stdout=subprocess.DEVNULL)
    peak = anonymous = 0
    while process.poll() is None:
        peak, anonymous = max(peak, _memory(process.pid, "VmHWM")), max(anonymous, _memory(process.pid, "RssAnon"))
        time.sleep(0.05)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(f"the build of {customers:,} customers ended with {process.returncode}")
    bundle = artifacts / (artifacts / "CURRENT").read_text().strip()
    built = json.loads((bundle / "manifest.json").read_text())["customers"]
    dimension = built["spaces"][built["default_space"]]["dimension"]
    return Measured(built["rows"], seconds, peak, anonymous, built["rows"] * dimension * 2)


def _memory(process: int, field: str) -> int:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(field)), 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    print(
        f"{'rows':>9} {'wall':>8} {'rows/s':>7} {'vectors':>9} {'peak RSS':>9} {'anonymous':>9} {'more anonymous':>14}"
    )
    first: Measured | None = None
    for customers in options.sizes:
        with tempfile.TemporaryDirectory(prefix="leadgen-scale-") as folder:
            m = measure(customers, Path(folder), options.threads)
        first = first or m
        more = (m.anonymous - first.anonymous) / max(m.vectors - first.vectors, 1)
        print(
            f"{m.rows:>9,} {m.seconds:>6.0f} s {m.rows / m.seconds:>7,.0f} {m.vectors / _MIB:>5,.0f} MiB "
            f"{m.peak / _MIB:>5,.0f} MiB {m.anonymous / _MIB:>5,.0f} MiB {more:>10.2f} × vec",
            flush=True,
        )


if __name__ == "__main__":
    main()
