"""Similar companies on real ones: build and rebuild time, memory, and precision against TF-IDF on rows held back.

`python -m benchmarks.companies [--data ../shared/data] [--rows N]`. A quarter of the companies is held back: nothing is
fitted to it; precision@k is measured among the held-back rows, the own name masked, equal texts judged once.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd


def main() -> None:
    """Print the two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--rows", type=int, help="only so many companies")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache", type=Path, help="keep compiled models and embeddings here (default: a fresh one)")
    options = parser.parse_args()
    path = options.data / "companies.parquet"
    if not path.exists():
        sys.exit(f"{path} is absent: give --data a folder with companies.parquet")
    companies = pd.read_parquet(path).head(options.rows or sys.maxsize)
    with tempfile.TemporaryDirectory() as temporary:
        run(companies, Path(temporary), options.cache or Path(temporary) / "cache", options.seed)


def run(companies: pd.DataFrame, folder: Path, cache: Path, seed: int) -> None:
    """Split, build, change 1 % of the rows, rebuild, evaluate."""
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(companies))
    held, fitted = np.split(shuffled, [len(companies) // 4])
    companies.iloc[np.sort(held)].to_parquet(folder / "held.parquet")
    print(f"{'build':<28}{'rows':>8}{'seconds':>10}{'rows/s':>9}{'peak MB':>9}")
    table = companies.iloc[np.sort(fitted)].copy()
    _build(table, folder, cache, "three quarters, fresh")
    changed = rng.permutation(len(table))[: len(table) // 100]
    table.iloc[changed, table.columns.get_loc("description")] += " It also sells umbrellas."
    _build(table, folder, cache, "after 1 % changed")
    report = folder / "report.json"
    run_leadgen(
        "evaluate", "--bundle", folder / "artifacts", "--companies-input-path", folder / "held.parquet",
        "--companies-similar-by", "industry", "--json", report,
    )  # fmt: skip
    figures = json.loads(report.read_text())["companies"]
    print(f"\n{'held back':<28}{'P@1':>8}{'P@10':>8}{'recall@20':>11}   ({figures['rows']} rows)")
    for name in ("tf-idf", "general", "industry"):
        row = figures[name]
        recall = f"{row['recall@20']:11.4f}" if "recall@20" in row else " " * 11
        print(f"{name:<28}{row['precision@1']:8.3f}{row['precision@10']:8.3f}{recall}")


def _build(table: pd.DataFrame, folder: Path, cache: Path, name: str) -> None:
    table.to_parquet(folder / "companies.parquet")
    start = time.monotonic()
    run_leadgen(
        "indices", "--artifacts", folder / "artifacts", "--cache", cache,
        "--companies-input-path", folder / "companies.parquet", "--companies-similar-by", "industry",
    )  # fmt: skip
    seconds = time.monotonic() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{name:<28}{len(table):>8}{seconds:>10.1f}{len(table) / seconds:>9.1f}{peak:>9.0f}", flush=True)


def run_leadgen(*arguments: object) -> None:
    command = [sys.executable, "-m", "build_artifacts", *map(str, arguments)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode:
        sys.exit(finished.stderr)


if __name__ == "__main__":
    main()
