"""Warm latency of the API beside its bare cost: `python -m benchmarks.score --bundle artifacts [--rows 10000 100000]`.

Each request over loopback HTTP is followed by the bare work on the same text and rows, one forward pass of the text
model and one exact search (FAISS over float16, one thread), so that a busy machine slows both. The rows are
synthetic, made from those of the bundle.
"""

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from leadgen.bundle import Manifest
from leadgen.index import VectorIndex
from leadgen.index.codes import pad, padded_width
from leadgen.settings import DIGEST_KEY_FILE
from leadgen.text import TextModel, load_text_model
from numpy.typing import NDArray

from benchmarks.synthetic_bundle import BLOCK, enlarged

WARM_UP = 30


@dataclass(frozen=True)
class Question:
    """A request and the bare work that it stands for."""

    path: str
    body: dict[str, Any]
    text: str
    neighbours: int
    index: Path


def main() -> None:
    """Print a table, a line for each size and operation."""
    options = _options()
    print("| rows | operation | p50 ms | p99 ms | bare p50 ms | bare p99 ms | ratio p50 | server MB |")
    print("|---|---|---|---|---|---|---|---|")
    for rows in options.rows:
        key = (Path(options.bundle) / DIGEST_KEY_FILE).read_text("utf-8").strip()
        folder = enlarged(options.bundle, options.work, rows, key)
        with _server(folder, key, options.threads) as (port, pid):
            for question in _questions(folder, options.explain):
                print(_line(rows, question, _measure(port, folder, question, options), _resident(pid)), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", default="artifacts", help="folder of bundles with its digest key")
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of the text model")
    parser.add_argument("--explain", choices=("true", "false"), default="true")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "leadgen-benchmarks")
    return parser.parse_args()


@contextmanager
def _server(folder: Path, key: str, threads: int) -> Iterator[tuple[int, int]]:
    environment = os.environ | {
        "LEADGEN_BUNDLE_PATH": str(folder),
        "LEADGEN_DIGEST_KEY": key,
        "LEADGEN_PORT": "0",
        "LEADGEN_THREADS": str(threads),
        "LEADGEN_VERIFY_CHECKSUMS": "false",
    }
    process = subprocess.Popen([sys.executable, "-m", "functions.api.server"], env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    for line in process.stdout:
        found = re.search(rb"running on http://127.0.0.1:(\d+)", line)
        if found:
            break
    drain = subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL)
    try:
        yield int(found[1]) if found else 0, process.pid
    finally:
        process.terminate()
        process.wait()
        drain.wait()


def _questions(folder: Path, explain: str) -> list[Question]:
    manifest = Manifest.read(folder)
    customers, companies = manifest.customers, manifest.companies
    assert customers is not None
    assert companies is not None
    assert customers.neighborhood is not None
    lead, about = dict(customers.example), companies.example[companies.plan.text[0]]
    space = folder / "companies/spaces" / companies.default_space / "index"
    query = {"description": about, "n": 10, "explain": explain == "true"}
    asked = customers.neighborhood.contrast
    return [
        Question(
            f"/score_lead?explain={explain}", lead, customers.plan.passage(lead), asked, folder / "customers/index"
        ),
        Question("/similar_companies", query, about, 10, space),
    ]


def _measure(port: int, folder: Path, question: Question, options: argparse.Namespace) -> NDArray[np.float64]:
    """Milliseconds of each request and of the bare work after it, [n, 2]."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    body = json.dumps(question.body).encode()
    model = load_text_model(folder / "model", options.threads)
    bare = _bare(model, question)

    def ask() -> None:
        connection.request("POST", question.path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content

    rounds = [(_milliseconds(ask), _milliseconds(bare)) for _ in range(WARM_UP + options.requests)]
    return np.array(rounds[WARM_UP:])


def _bare(model: TextModel, question: Question) -> Callable[[], None]:
    """One forward pass, then one exact search for the same number of neighbours."""
    mapped = VectorIndex.open(question.index)
    width = padded_width(mapped.dimension)
    exact = faiss.IndexScalarQuantizer(width, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    for start in range(0, mapped.size, BLOCK):
        exact.add(pad(mapped.vectors(np.arange(start, min(start + BLOCK, mapped.size)))))
    query = pad(mapped.vectors([0]))

    def work() -> None:
        faiss.omp_set_num_threads(1)
        model.encode([question.text])
        exact.search(query, question.neighbours)

    return work


def _milliseconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0


def _line(rows: int, question: Question, times: NDArray[np.float64], resident: float) -> str:
    (p50, bare50), (p99, bare99) = np.percentile(times, [50, 99], axis=0)
    cells: Sequence[str] = [
        f"{rows:,}",
        question.path,
        *(f"{value:.2f}" for value in (p50, p99, bare50, bare99, p50 / bare50)),
        f"{resident:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
