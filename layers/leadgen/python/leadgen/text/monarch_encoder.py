"""The forward pass of M2-BERT: embeddings, layers, pooler.

Convolutions are numpy's, over channels in threads; what is dense is onnxruntime's, over pieces of the positions.
"""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leadgen.text.monarch_layer import Floats, MonarchLayer, MonarchStages, part_of, pieces
from leadgen.text.spec import TENSORS_FILE
from leadgen.text.tensor_file import map_tensors


class MonarchEncoder:
    """The encoder in a model folder. One forward pass runs at a time, on `threads` cores, whoever asks for more."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._weights = map_tensors(folder / TENSORS_FILE)
        stages, pool = MonarchStages(folder, threads), ThreadPoolExecutor(threads, "long-convolution")
        count = sum(name.endswith(".projection.weight") for name in self._weights)
        self._layers = [MonarchLayer(stages, part_of(self._weights, f"layer.{i}"), pool) for i in range(count)]
        self._one_at_a_time = threading.Lock()

    def states(self, ids: NDArray[np.int32], wanted: Sequence[int]) -> list[Floats]:
        """Final states of each text's first tokens, as many as are wanted: float32 [wanted, channels] each.

        `ids` is int32 [texts, positions]; padding is read like any token.
        """
        width = self._weights["words"].shape[1]
        with self._one_at_a_time:
            projected = np.empty((3 * width, *ids.shape), dtype=np.float32)
            states = np.empty((width, *ids.shape), dtype=np.float32)
            for text, piece in _pieces(ids.shape):
                rows = self._embedded(ids[text, piece], piece)
                self._layers[0].project(rows, projected[:, text, piece], states[:, text, piece])
            for layer, following in zip(self._layers, self._layers[1:], strict=False):
                layer.mix(projected, states)
                for text, piece in _pieces(ids.shape):
                    rows = layer.rows(states[:, text, piece])
                    following.project(rows, projected[:, text, piece], states[:, text, piece])
            self._layers[-1].mix(projected, states)
            return [self._layers[-1].rows(states[:, text, :first]) for text, first in enumerate(wanted)]

    def pooled(self, state: Floats) -> Floats:
        """What the checkpoint's pooler, if it has one, makes of a text's state: float32 [channels]."""
        pooler = part_of(self._weights, "pooler")
        if not pooler:
            return state
        pooled: Floats = np.tanh(pooler["weight"] @ state + pooler["bias"])
        return pooled

    def _embedded(self, ids: NDArray[np.int32], piece: slice) -> Floats:
        norm = part_of(self._weights, "norm")
        rows = self._weights["words"][ids] + self._weights["positions"][piece]
        rows -= rows.mean(axis=1, keepdims=True)
        rows /= np.sqrt(np.square(rows).mean(axis=1, keepdims=True) + norm["epsilon"])
        embedded: Floats = rows * norm["scale"] + norm["shift"]
        return embedded


def _pieces(shape: tuple[int, ...]) -> Iterator[tuple[int, slice]]:
    texts, positions = shape
    return ((text, piece) for text in range(texts) for piece in pieces(positions))
