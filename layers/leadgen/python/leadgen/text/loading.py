"""Opening a compiled text model."""

import logging
from pathlib import Path

from leadgen.errors import ModelError
from leadgen.text.device import Device
from leadgen.text.golden import check_golden
from leadgen.text.hashing import HashingTextModel, hashing_spec
from leadgen.text.model import TextModel
from leadgen.text.neural import EncoderTextModel
from leadgen.text.spec import TextModelSpec

_logger = logging.getLogger(__name__)


def load_text_model(
    folder: Path,
    threads: int | None = None,
    *,
    device: Device = "cpu",
    exact_lengths: bool = False,
    self_test: bool = True,
) -> TextModel:
    """Open the text model in a folder: `spec.json` and, for a neural model, its graph and tokenizer.

    Args:
        folder: what `build_artifacts.models.prepare_text_model` returns, or a bundle's copy of it.
        threads: cores one forward pass may use; by default all that the process may run on.
        device: where a neural model computes; `auto` is the GPU where onnxruntime finds one, else the CPU.
        exact_lengths: batches hold texts of one number of tokens only. On a CPU an embedding is then the same to
            the last bit whatever texts it is computed with; batches are smaller.
        self_test: compare a neural model's tokens and embeddings with those that were computed from its checkpoint.

    Raises:
        ModelError: a file is missing or damaged, the graph is not what the specification says, the self-test finds
            another pooling, normalisation, prefix or limit, or there is no GPU although `cuda` is asked for.
    """
    spec = TextModelSpec.read(folder)
    if spec.kind == "hashing":
        return _load_hashing(folder, spec)
    model: EncoderTextModel
    if spec.kind == "m2":
        model = _load_monarch(folder, spec, threads, device)
    elif spec.kind == "avx512":
        model = _load_avx512(folder, spec, threads, device)
    else:
        from leadgen.text.onnx_model import OnnxTextModel

        model = OnnxTextModel(folder, spec, threads, device=device, exact_lengths=exact_lengths)
    if self_test:
        check_golden(model, folder)
    return model


def _load_monarch(folder: Path, spec: TextModelSpec, threads: int | None, device: Device) -> EncoderTextModel:
    from leadgen.text.monarch import MonarchTextModel

    if device == "cuda":
        raise ModelError(f"{spec.id} is M2-BERT, which computes on the CPU only: choose the device cpu or auto")
    return MonarchTextModel(folder, spec, threads)


def _load_avx512(folder: Path, spec: TextModelSpec, threads: int | None, device: Device) -> EncoderTextModel:
    from leadgen.text.avx512.model import Avx512TextModel

    if device == "cuda":
        raise ModelError(f"{spec.id} is compiled for AVX-512, not for a GPU: choose the device cpu or auto")
    return Avx512TextModel(folder, spec, threads)


def _load_hashing(folder: Path, spec: TextModelSpec) -> HashingTextModel:
    if spec.sha256 != hashing_spec(spec.dimension).sha256:
        raise ModelError(f"{folder}: the hashing model was made by another version, build again")
    _logger.warning("text model 'hashing': no neural model, only shared spelling counts as similar")
    return HashingTextModel(spec)
