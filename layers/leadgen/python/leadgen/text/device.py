"""Where a neural text model computes: the processor, or an NVIDIA GPU through CUDA."""

import logging
from typing import Literal

from leadgen.errors import ModelError

Device = Literal["cpu", "cuda", "auto"]

CUDA = "CUDAExecutionProvider"
CPU = "CPUExecutionProvider"
# Enough rows to fill a T4's tensor cores; a base-size model in fp16 then takes about 1 GB of the GPU's memory.
GPU_TOKEN_BUDGET = 16_384

_logger = logging.getLogger(__name__)


def chosen_provider(device: Device) -> str:
    """The execution provider of onnxruntime to open a model with; onnxruntime adds the CPU to it by itself.

    `auto` is the GPU where the installed onnxruntime was built for one. The libraries of CUDA and cuDNN are looked for
    in the `nvidia-*` packages first, then where the system has them
    (onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html, "Preload DLLs").

    Raises:
        ModelError: `cuda` is asked for and the installed onnxruntime was built without it.
    """
    import onnxruntime

    if device != "cpu" and CUDA in onnxruntime.get_available_providers():
        onnxruntime.preload_dlls()
        return CUDA
    if device == "cuda":
        raise ModelError("the installed onnxruntime has no CUDA: install onnxruntime-gpu, or choose the device cpu")
    return CPU


def accept_cpu(device: Device) -> None:
    """Called where onnxruntime could not use the GPU that it was built for; it falls back with only a line in its log.

    Raises:
        ModelError: `cuda` is asked for, so that the CPU will not do.
    """
    if device == "cuda":
        raise ModelError("onnxruntime cannot use the GPU: check the driver (nvidia-smi) and the CUDA libraries")
    _logger.warning("no usable GPU: the text model computes on the CPU")
