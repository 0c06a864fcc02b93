"""A checkpoint in, a compiled text model out, once per content."""

import hashlib
import json
import logging
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from leadgen.errors import ModelError
from leadgen.text import load_text_model
from leadgen.text.avx512.library import compile_library
from leadgen.text.golden import check_golden
from leadgen.text.neural import EncoderTextModel
from leadgen.text.spec import GRAPH_FILE, TOKENIZER_FILE, WEIGHTS_FILE, TextModelSpec

from build_artifacts.models import checkpoint as files
from build_artifacts.models.architecture import BertArchitecture
from build_artifacts.models.avx512 import encoder_sizes, write_avx512
from build_artifacts.models.bert_graph import BertGraph
from build_artifacts.models.checkpoint import Checkpoint
from build_artifacts.models.embedding_rules import EmbeddingRules
from build_artifacts.models.form import FP32, Form
from build_artifacts.models.golden import write_golden
from build_artifacts.models.graph_writer import GraphWriter
from build_artifacts.models.monarch import write_monarch
from build_artifacts.models.monarch_architecture import MonarchArchitecture, is_monarch
from build_artifacts.models.tensors import BertTensors

COMPILER_VERSION = 2
"""Part of every model's identity: raise it when the graph of the same checkpoint gives other embeddings."""

_logger = logging.getLogger(__name__)

Architecture = BertArchitecture | MonarchArchitecture


def compile_checkpoint(checkpoint: Checkpoint, cache: Path, form: Form = FP32) -> Path:
    """Compile a checkpoint, or find it compiled already.

    Returns:
        A folder in `cache` with the graph, its weights, the tokenizer, `spec.json` and what proves it right when
        it is loaded, `golden.json`; it appears complete and proven or not at all.

    Raises:
        ModelError: the checkpoint is incomplete, damaged, or not an encoder of BERT, XLM-R or M2-BERT.
    """
    architecture, rules = _read(checkpoint, form)
    spec = _specification(checkpoint, architecture, rules, form)
    compiled = cache / f"{slug(checkpoint.id)}-{spec.sha256[:16]}"
    if compiled.is_dir():
        return compiled
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".compiling-", ignore_cleanup_errors=True) as work:
        folder = Path(work) / compiled.name
        folder.mkdir()
        _write_tokenizer(checkpoint, architecture, rules, folder)
        _write_model(checkpoint, architecture, rules, folder, form)
        spec.write(folder)
        _prove(folder)
        publish(folder, compiled)
    _logger.info("compiled %s, %s, from %s into %s", spec.id, form, spec.source, compiled)
    return compiled


def slug(name: str) -> str:
    """A name as one path component."""
    return re.sub(r"[^\w.-]+", "--", name).strip(".-") or "model"


def publish(folder: Path, target: Path) -> None:
    """Rename a finished folder to where it is looked for; another process that was faster wins."""
    try:
        folder.rename(target)
    except OSError:
        if not target.is_dir():
            raise
        shutil.rmtree(folder)


def _read(checkpoint: Checkpoint, form: Form) -> tuple[Architecture, EmbeddingRules]:
    if not is_monarch(checkpoint.folder):
        bert = BertArchitecture.read(checkpoint.folder)
        rules = EmbeddingRules.read(checkpoint, bert.positions)
        if form.engine == "avx512":
            encoder_sizes(bert, rules.pooling, form.group)
            compile_library()
        return bert, rules
    if form != FP32:
        raise ModelError(
            f"{checkpoint.id} is M2-BERT, which computes in fp32 only: choose it and the engine onnxruntime"
        )
    monarch = MonarchArchitecture.read(checkpoint.folder)
    return monarch, EmbeddingRules.read(checkpoint, monarch.positions, monarch.pooling)


def _specification(
    checkpoint: Checkpoint, architecture: Architecture, rules: EmbeddingRules, form: Form
) -> TextModelSpec:
    kind: Any = "m2" if isinstance(architecture, MonarchArchitecture) else "onnx"
    behaviour: dict[str, Any] = {
        "dimension": architecture.hidden_size,
        "max_tokens": rules.max_tokens,
        "pooling": rules.pooling,
        "query_prefix": rules.query_prefix,
        "passage_prefix": rules.passage_prefix,
    }
    content = {**behaviour, "kind": kind, "checkpoint": checkpoint.digest(), "compiler": COMPILER_VERSION}
    sha256 = _digest({**content, **form.identity})
    space = _digest({**content, **FP32.identity}) if form.same_space else sha256
    return TextModelSpec(
        id=checkpoint.id,
        source=checkpoint.source,
        kind="avx512" if form.engine == "avx512" else kind,
        precision=form.precision,
        sha256=sha256,
        space_sha256=None if sha256 == space else space,
        **behaviour,
    )


def _digest(identity: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def _write_tokenizer(checkpoint: Checkpoint, architecture: Architecture, rules: EmbeddingRules, folder: Path) -> None:
    path = checkpoint.folder / files.TOKENIZER_FILE
    tokenizer = files.read_object(path)
    _check_vocabulary(tokenizer, architecture.vocab_size, path)
    tokenizer |= {"truncation": None, "padding": None}
    if rules.lowercase:
        steps = [{"type": "Lowercase"}, tokenizer.get("normalizer")]
        tokenizer["normalizer"] = {"type": "Sequence", "normalizers": [step for step in steps if step]}
    (folder / TOKENIZER_FILE).write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")


def _check_vocabulary(tokenizer: dict[str, Any], size: int, path: Path) -> None:
    model = tokenizer.get("model")
    vocabulary = model.get("vocab") if isinstance(model, dict) else None
    # WordPiece maps pieces to ids; Unigram lists pieces with their scores, in the order of the ids.
    ids = vocabulary.values() if isinstance(vocabulary, dict) else range(len(vocabulary or ()))
    if not ids:
        raise ModelError(f"{path} has no WordPiece or Unigram vocabulary")
    added = [token["id"] for token in tokenizer.get("added_tokens", [])]
    largest = max(*ids, *added)
    if largest >= size:
        raise ModelError(f"{path} has token id {largest} but the checkpoint only {size} word embeddings")


def _write_model(
    checkpoint: Checkpoint, architecture: Architecture, rules: EmbeddingRules, folder: Path, form: Form
) -> None:
    if isinstance(architecture, MonarchArchitecture):
        write_monarch(checkpoint, architecture, rules, folder)
        return
    with BertTensors(checkpoint.weights) as tensors:
        if form.engine == "avx512":
            write_avx512(tensors, architecture, rules.pooling, form.group, folder)
        else:
            with GraphWriter(folder / GRAPH_FILE, folder / WEIGHTS_FILE, form.precision) as graph:
                BertGraph(graph, tensors, architecture).emit(rules.pooling)
        write_golden(folder, checkpoint.folder / files.TOKENIZER_FILE, rules, tensors, architecture)


def _prove(folder: Path) -> None:
    model = load_text_model(folder, self_test=False)
    assert isinstance(model, EncoderTextModel)
    check_golden(model, folder, longest=True)
