"""Opening a compiled text model."""

import logging
from pathlib import Path

from leadgen.errors import ModelError
from leadgen.text.device import Device
from leadgen.text.hashing import HashingTextModel, hashing_spec
from leadgen.text.model import TextModel
from leadgen.text.spec import TextModelSpec

_logger = logging.getLogger(__name__)


def load_text_model(
    folder: Path, threads: int | None = None, *, device: Device = "cpu", exact_lengths: bool = False
) -> TextModel:
    """Open the text model in a folder: `spec.json` and, for a neural model, its graph and tokenizer.

    Args:
        folder: what `build_artifacts.models.prepare_text_model` returns, or a bundle's copy of it.
        threads: cores one forward pass may use; by default all that the process may run on.
        device: where a neural model computes; `auto` is the GPU where onnxruntime finds one, else the CPU.
        exact_lengths: batches hold texts of one number of tokens only. On a CPU an embedding is then the same to
            the last bit whatever texts it is computed with; batches are smaller.

    Raises:
        ModelError: a file is missing or damaged, the graph is not what the specification says, or there is no
            GPU although `cuda` is asked for.
    """
    spec = TextModelSpec.read(folder)
    if spec.kind == "hashing":
        return _load_hashing(folder, spec)
    from leadgen.text.onnx_model import OnnxTextModel

    return OnnxTextModel(folder, spec, threads, device=device, exact_lengths=exact_lengths)


def _load_hashing(folder: Path, spec: TextModelSpec) -> HashingTextModel:
    if spec.sha256 != hashing_spec(spec.dimension).sha256:
        raise ModelError(f"{folder}: the hashing model was made by another version, build again")
    _logger.warning("text model 'hashing': no neural model, only shared spelling counts as similar")
    return HashingTextModel(spec)
