"""The engines that `benchmarks.embed` compares, each in a process of its own and in its own interpreter.

    python benchmarks/embed_engines.py ENGINE MODEL WORK

MODEL is a compiled model's folder for an engine of ours, the checkpoint's folder for a rival; WORK keeps what a rival
converts it to. Reads a line of JSON for each list of texts, {"texts": [...], "out": file or null}, writes their
embeddings there as .npy and answers with a line: seconds, CPU seconds and the peak of resident MB.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Encode = Callable[[Sequence[str]], Any]
_BATCH = 32


def leadgen(model: Path, _work: Path) -> Encode:
    from leadgen.text import load_text_model

    return load_text_model(model).encode


def sentence_transformers(model: Path, _work: Path) -> Encode:
    from sentence_transformers import SentenceTransformer

    transformer = SentenceTransformer(str(model), device="cpu")
    return lambda texts: transformer.encode(texts, batch_size=_BATCH, normalize_embeddings=True)


def infinity(model: Path, _work: Path) -> Encode:
    from infinity_emb import AsyncEmbeddingEngine, EngineArgs

    arguments = EngineArgs(
        model_name_or_path=str(model), engine="torch", device="cpu", bettertransformer=False, model_warmup=False
    )
    engine, loop = AsyncEmbeddingEngine.from_args(arguments), asyncio.new_event_loop()
    loop.run_until_complete(engine.astart())
    return lambda texts: np.array(loop.run_until_complete(engine.embed(sentences=list(texts)))[0])


def fastembed(model: Path, work: Path) -> Encode:
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    folder = _exported(model, work / "fastembed")
    name, source = "benchmark/model", ModelSource(url="https://example.invalid/model")
    TextEmbedding.add_custom_model(
        name, PoolingType.MEAN, normalization=True, sources=source, dim=_width(model), model_file="model.onnx"
    )
    embedding = TextEmbedding(name, specific_model_path=str(folder))
    return lambda texts: np.array(list(embedding.embed(texts, batch_size=_BATCH)))


def openvino(model: Path, work: Path) -> Encode:
    """Length-sorted batches and pooling of our own around OpenVINO's fp32 kernels."""
    import openvino
    from tokenizers import Tokenizer

    limit = json.loads((model / "sentence_bert_config.json").read_text())["max_seq_length"]
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.enable_truncation(limit)
    tokenizer.enable_padding()
    path = _exported(model, work / "openvino") / "model.onnx"
    compiled = openvino.Core().compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def batch(texts: Sequence[str]) -> np.ndarray:
        encodings = tokenizer.encode_batch(texts)
        ids, mask = (np.array([getattr(e, name) for e in encodings]) for name in ("ids", "attention_mask"))
        states = compiled({"input_ids": ids, "attention_mask": mask})[0]
        pooled = (states * mask[..., None]).sum(axis=1)
        return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)

    def encode(texts: Sequence[str]) -> np.ndarray:
        order = np.argsort([-len(text) for text in texts], kind="stable")
        found = np.concatenate([batch([texts[i] for i in order[s : s + 8]]) for s in range(0, len(texts), 8)])
        return found[np.argsort(order)]

    return encode


def gemm(_model: Path, _work: Path) -> Encode:
    """No engine: the fastest product of matrices that torch finds, fp32 and int8, as [[G, G]] a second of one core."""
    import torch

    torch.set_num_threads(1)

    def best(product: Callable[[], Any], operations: int) -> float:
        times = []
        for _ in range(12):
            start = time.process_time()
            for _ in range(5):
                product()
            times.append(time.process_time() - start)
        return 5 * operations / min(times) / 1e9

    def measure(_texts: Sequence[str]) -> Any:
        found = []
        for rows, inputs, outputs in ((512, 384, 1536), (512, 1536, 384), (2048, 384, 1536), (2048, 2048, 2048)):
            a, w = torch.randn(rows, inputs), torch.randn(inputs, outputs)
            q, v = (torch.randint(-127, 127, each.shape, dtype=torch.int8) for each in (a, w))
            operations = 2 * rows * inputs * outputs
            products = (lambda a=a, w=w: a @ w, lambda q=q, v=v: torch._int_mm(q, v))
            found.append([best(product, operations) for product in products])
        return np.max(found, axis=0)[None]

    return measure


def _exported(model: Path, folder: Path) -> Path:
    """The checkpoint as torch exports it to ONNX, with its tokenizer."""
    import shutil

    if not (folder / "model.onnx").is_file():
        import torch
        from transformers import AutoModel

        folder.mkdir(parents=True, exist_ok=True)
        for path in model.glob("*.json"):
            shutil.copy(path, folder)
        tokenizer = json.loads((folder / "tokenizer_config.json").read_text())
        limit = json.loads((model / "sentence_bert_config.json").read_text())["max_seq_length"]
        (folder / "tokenizer_config.json").write_text(json.dumps({**tokenizer, "max_length": limit}))
        encoder = AutoModel.from_pretrained(model, attn_implementation="eager").eval()

        class States(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.encoder = encoder

            def forward(self, input_ids: Any, attention_mask: Any) -> Any:
                return self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

        names = ["input_ids", "attention_mask"]
        example = tuple(torch.ones(2, 8, dtype=torch.int64) for _ in names)
        axes = {0: torch.export.Dim("texts"), 1: torch.export.Dim("tokens", max=limit)}
        torch.onnx.export(
            States().eval(), example, str(folder / "model.onnx"), dynamo=True, external_data=False,
            input_names=names, output_names=["last_hidden_state"], dynamic_shapes=(axes, axes),
        )  # fmt: skip
    return folder


def _peak_mb() -> float:
    """Of this program alone: getrusage counts what its parent held when it was started, too."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def _width(model: Path) -> int:
    return int(json.loads((model / "config.json").read_text())["hidden_size"])


def main() -> None:
    engine, model, work = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    encode = globals()[engine](model, work)
    for line in sys.stdin:
        request = json.loads(line)
        wall, busy = time.perf_counter(), time.process_time()
        embeddings = encode(request["texts"])
        answer = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - busy}
        if request["out"]:
            np.save(request["out"], np.asarray(embeddings, dtype=np.float32))
        answer["mb"] = _peak_mb()
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    # Infinity's threads would keep the process alive.
    os._exit(0)


if __name__ == "__main__":
    main()
