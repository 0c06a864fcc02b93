"""A small ONNX graph that is fed its weights with its data: all layers share it, and weights stay mapped files."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leadgen.errors import ModelError
from leadgen.text.tensor_file import TensorMap

_ERRORS_ONLY = 3


class OnnxStage:
    """One output of named float32 inputs, on the CPU. Safe to call from several threads at once."""

    def __init__(self, path: Path, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        # A spinning worker steals the core that a convolution, another request or the operating system needs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's exceptions share no narrower base
            raise ModelError(f"{path} cannot be loaded: {error}") from error

    def __call__(self, inputs: TensorMap) -> NDArray[np.float32]:
        """The output for these inputs, by name."""
        feeds = {name: np.ascontiguousarray(values) for name, values in inputs.items()}
        output: NDArray[np.float32] = self._session.run(None, feeds)[0]
        return output
