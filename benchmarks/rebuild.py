"""A full build beside a rebuild after 1 % of the rows changed: `python -m benchmarks.rebuild [--customers 5000]`.

Both are builds of the sample by the same command in a process of its own; the rebuild finds the first one's cache.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pandas as pd

TEXT_COLUMN = {"customers": "bio", "companies": "description"}


def build(folder: Path, model: str, threads: int) -> tuple[float, str]:
    """Wall seconds and the bundle's address."""
    tables = ["--input-path", str(folder / "customers.parquet")]
    tables += ["--companies-input-path", str(folder / "companies.parquet")]
    places = ["--artifacts", str(folder / "artifacts"), "--cache", str(folder / "cache")]
    command = [sys.executable, "-m", "build_artifacts", "indices", *tables, *places, "--text-model", model]
    started = time.perf_counter()
    done = subprocess.run([*command, "--threads", str(threads)], check=True, stdout=subprocess.PIPE, text=True)
    return time.perf_counter() - started, Path(done.stdout.strip()).name


def embedded(folder: Path) -> int:
    """Texts in the cache of embeddings."""
    total = 0
    for path in (folder / "cache" / "embeddings").glob("*.sqlite"):
        with closing(sqlite3.connect(path)) as connection:
            total += connection.execute("SELECT COUNT(*) FROM embedding").fetchone()[0]
    return total


def change(folder: Path, share: float) -> int:
    """Add a few words to the text of `share` of the rows of both tables; returns how many."""
    changed = 0
    for table, column in TEXT_COLUMN.items():
        path = folder / f"{table}.parquet"
        frame = pd.read_parquet(path)
        usable = frame.index[frame["is_current"]] if "is_current" in frame else frame.index
        rows = usable[frame.loc[usable, column].notna()]
        rows = rows.to_series().sample(max(1, round(share * len(rows))), random_state=0).index
        frame.loc[rows, column] = "Now also in Portugal. " + frame.loc[rows, column]
        frame.to_parquet(path)
        changed += len(rows)
    return changed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=5000)
    parser.add_argument("--companies", type=int, default=2000)
    parser.add_argument("--share", type=float, default=0.01)
    parser.add_argument("--text-model", default="auto")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leadgen-rebuild-") as name:
        folder = Path(name)
        size = ["--customers", str(options.customers), "--companies", str(options.companies)]
        data = [sys.executable, "-m", "build_artifacts", "data", "--output-path", name, *size]
        subprocess.run(data, check=True, stdout=subprocess.DEVNULL)
        print(f"{'build':<22} {'wall':>8} {'texts embedded':>15} bundle")
        before = 0
        for label in ("full", "again, unchanged", f"after {options.share:.0%} changed"):
            rows = change(folder, options.share) if label.startswith("after") else 0
            seconds, bundle = build(folder, options.text_model, options.threads)
            texts, before = embedded(folder) - before, embedded(folder)
            note = f" ({rows} rows changed)" if rows else ""
            print(f"{label:<22} {seconds:>6.1f} s {texts:>15,} {bundle}{note}", flush=True)


if __name__ == "__main__":
    main()
