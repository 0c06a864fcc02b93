"""Neural text models on onnxruntime."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from leadgen.cores import usable_cores
from leadgen.errors import ModelError
from leadgen.text.batching import TOKEN_BUDGET, length_sorted_batches, padded
from leadgen.text.device import CPU, CUDA, GPU_TOKEN_BUDGET, Device, accept_cpu, chosen_provider
from leadgen.text.neural import EncoderTextModel
from leadgen.text.spec import GRAPH_FILE, WEIGHTS_FILE, TextModelSpec

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_INPUTS = ["input_ids", "attention_mask"]
_ERRORS_ONLY = 3


class OnnxTextModel(EncoderTextModel):
    """A compiled BERT-family encoder; pooling and L2 normalisation are part of its graph.

    Safe to call from several threads at once.
    """

    def __init__(
        self,
        folder: Path,
        spec: TextModelSpec,
        threads: int | None = None,
        *,
        device: Device = "cpu",
        exact_lengths: bool = False,
    ) -> None:
        super().__init__(folder, spec)
        self._session = _open_session(folder, spec, threads or usable_cores(), device)
        self.on_gpu = CUDA in self._session.get_providers()
        self._budget = GPU_TOKEN_BUDGET if self.on_gpu else TOKEN_BUDGET
        self._exact_lengths = exact_lengths

    def encode_tokens(self, ids: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
        """Embed token ids in batches of similar length: float32 [n, d], L2-normalised, in the order given."""
        embeddings = np.empty((len(ids), self.spec.dimension), dtype=np.float32)
        for batch in length_sorted_batches([len(row) for row in ids], self._budget, exact=self._exact_lengths):
            tokens, mask = padded([ids[i] for i in batch])
            embeddings[batch] = self._session.run(None, {"input_ids": tokens, "attention_mask": mask})[0]
        return embeddings


def _open_session(folder: Path, spec: TextModelSpec, threads: int, device: Device) -> "InferenceSession":
    for name in (GRAPH_FILE, WEIGHTS_FILE):
        if not (folder / name).is_file():
            raise ModelError(f"{folder / name} is missing: the text model {spec.id} is incomplete")
    provider = chosen_provider(device)
    session = _open_on(provider, folder, threads)
    if provider not in session.get_providers():
        accept_cpu(device)
        session = _open_on(CPU, folder, threads)
    _check_signature(session, folder, spec)
    return session


def _open_on(provider: str, folder: Path, threads: int) -> "InferenceSession":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    # The graph is compiled in the CPU's fastest form; the optimiser would fuse Add and LayerNormalization into
    # SkipLayerNormalization, whose CPU kernel takes six times as long. CUDA's kernel is the faster one.
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if provider == CUDA else levels.ORT_DISABLE_ALL
    # A spinning worker steals the core that another request or the operating system needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(folder / GRAPH_FILE, options, providers=[provider])
    except Exception as error:  # onnxruntime's exceptions share no narrower base
        raise ModelError(f"{folder / GRAPH_FILE} cannot be loaded: {error}") from error


def _check_signature(session: "InferenceSession", folder: Path, spec: TextModelSpec) -> None:
    inputs = [tensor.name for tensor in session.get_inputs()]
    outputs = session.get_outputs()
    if inputs != _INPUTS or len(outputs) != 1:
        raise ModelError(f"{folder / GRAPH_FILE} takes {inputs}, not {_INPUTS}: it is not a compiled text model")
    width = outputs[0].shape[-1]
    if width != spec.dimension:
        raise ModelError(
            f"{folder / GRAPH_FILE} gives embeddings of {width} dimensions but its specification says "
            f"{spec.dimension}: the folder mixes two models, compile it again"
        )
