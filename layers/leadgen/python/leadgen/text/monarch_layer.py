"""One layer of M2-BERT (D. Fu et al., "Monarch Mixer", NeurIPS 2023, arXiv 2310.12109).

Positions are mixed by two long convolutions whose kernels small networks generate (Hyena filters, M. Poli et al.,
ICML 2023, arXiv 2302.10866), one of them gated before and after; then the channels of each position are mixed by
block-diagonal matrices. There is no residual around the convolutions but the second of them.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leadgen.text.long_convolution import long_convolution, short_convolution, transform_length, two_sided_kernel
from leadgen.text.onnx_stage import OnnxStage
from leadgen.text.spec import STAGE_FILES
from leadgen.text.tensor_file import TensorMap

Floats = NDArray[np.float32]

# Pieces of positions and of channels whose intermediate values stay in a core's cache.
_POSITIONS = 1024
_CHANNELS = 16


class MonarchStages:
    """The dense arithmetic that all layers share, run by onnxruntime.

    `filter` makes a kernel [channels, n] of positions [n, features] and times [n]; `projection` of states
    [n, channels] what a layer convolves, [3 * channels, n]; `state` of what it has mixed, [channels, n], its states.
    """

    def __init__(self, folder: Path, threads: int) -> None:
        self.filter, self.projection, self.state = (OnnxStage(folder / name, threads) for name in STAGE_FILES)


class MonarchLayer:
    """A layer with its weights. Arrays of states lie channel by channel: float32 [channels, texts, positions]."""

    def __init__(self, stages: MonarchStages, weights: TensorMap, threads: Executor) -> None:
        self._stages, self._weights, self._threads = stages, weights, threads

    def project(self, rows: Floats, projected: Floats, states: Floats) -> None:
        """Write the projections and states of some positions, given as rows [n, channels]."""
        projected[:] = self._stages.projection({"states": rows} | part_of(self._weights, "projection"))
        states[:] = rows.T

    def mix(self, projected: Floats, states: Floats) -> None:
        """Mix positions: the gated convolution of the projections plus that of the states, written over both."""
        before, after, value = np.split(projected, 3)
        short = part_of(self._weights, "short")
        weights, biases = np.split(short["weight"], 3), np.split(short["bias"], 3)

        def gated(rows: slice) -> Floats:
            parts = [a[rows] for a in (before, after, value)]
            first, second, third = (
                short_convolution(part, w[rows], b[rows]) for part, w, b in zip(parts, weights, biases, strict=True)
            )
            return second * long_convolution(third * first, kernel[rows], bias[rows])

        def added(rows: slice) -> Floats:
            return value[rows] + long_convolution(states[rows], kernel[rows], bias[rows])

        for name, mixed, target in (("filter.0", gated, value), ("filter.1", added, states)):
            own = part_of(self._weights, name)
            kernel, bias = self._kernel(own, states.shape[-1]), own["bias"]
            self._over_channels(mixed, target)

    def rows(self, mixed: Floats) -> Floats:
        """The layer's states [n, channels] of some positions, from what `mix` left of them, [channels, n]."""
        weights = part_of(self._weights, "state")
        return np.concatenate(
            [self._stages.state({"mixed": mixed[:, piece]} | weights) for piece in pieces(mixed.shape[1])]
        )

    def _over_channels(self, work: Callable[[slice], Floats], target: Floats) -> None:
        def piece(start: int) -> None:
            rows = slice(start, start + _CHANNELS)
            target[rows] = work(rows)

        for _ in self._threads.map(piece, range(0, len(target), _CHANNELS)):
            pass

    def _kernel(self, weights: TensorMap, positions: int) -> Floats:
        shared = part_of(weights, "shared")
        kernel = np.zeros((len(weights["bias"]), transform_length(positions)), dtype=np.float32)
        for piece in pieces(positions):
            where = {name: shared[name][piece] for name in ("positions", "times")} | {"decay": shared["decay"]}
            for direction in ("forward", "backward"):
                generated = self._stages.filter(part_of(weights, direction) | where)
                two_sided_kernel(kernel, generated, piece.start, backward=direction == "backward")
        return kernel


def part_of(weights: TensorMap, part: str) -> TensorMap:
    """The weights of a part, by their names in it."""
    prefix = f"{part}."
    return {name.removeprefix(prefix): values for name, values in weights.items() if name.startswith(prefix)}


def pieces(positions: int) -> Iterator[slice]:
    """Positions in pieces that fit a core's cache."""
    return (slice(start, min(start + _POSITIONS, positions)) for start in range(0, positions, _POSITIONS))
