"""The forward pass of M2-BERT in plain numpy, text by text: what the compiled model is compared with.

It follows HazyResearch/m2, `bert/src`, in double precision and with convolutions written out as sums, so that it shares
no mistake with the runtime's transforms, layouts and graphs. Memory and time grow by the square of the length.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from build_artifacts.models.monarch_architecture import MonarchArchitecture
from build_artifacts.models.monarch_weights import filter_frequencies
from build_artifacts.models.tensors import BertTensors

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MonarchReference:
    """Computes in float64 from the tensors by their own names."""

    tensors: BertTensors
    architecture: MonarchArchitecture

    def embedding(self, ids: NDArray[np.int32], positions: int) -> NDArray[np.float32]:
        """The L2-normalised embedding of a text, given as token ids, which is padded to so many positions."""
        states = self.states(ids, positions)
        pooled = states[0] if self.architecture.pooling == "cls" else states[: len(ids)].mean(axis=0)
        if self.architecture.pooler:
            pooled = np.tanh(self._linear("pooler.dense", pooled))
        embedding: Doubles = pooled / np.linalg.norm(pooled)
        return embedding.astype(np.float32)

    def states(self, ids: NDArray[np.int32], positions: int) -> Doubles:
        """Final states [positions, channels] of a text, given as token ids, and of the padding that follows it."""
        padded = np.zeros(positions, dtype=np.int32)
        padded[: len(ids)] = ids
        a, name = self.architecture, "embeddings"
        words = self._get(f"{name}.word_embeddings.weight", a.vocab_size, a.hidden_size)[padded]
        table = self._get(f"{name}.position_embeddings.weight", a.max_position_embeddings, a.hidden_size)
        segment = self._get(f"{name}.token_type_embeddings.weight", a.type_vocab_size, a.hidden_size)[0]
        states = self._normed(f"{name}.LayerNorm", words + table[:positions] + segment)
        for layer in range(a.layers):
            mixed = self._mixed(f"encoder.layer.{layer}.attention", states)
            states = self._gated(f"encoder.layer.{layer}.mlp", mixed)
        return states

    def _mixed(self, name: str, states: Doubles) -> Doubles:
        width = self.architecture.hidden_size
        projected = self._linear(f"{name}.in_linear", states)
        taps = self._get(f"{name}.short_filter.weight", 3 * width, 1, 3)[:, 0].T
        before = np.concatenate([np.zeros((2, 3 * width)), projected])
        short = sum(before[tap : tap + len(states)] * taps[tap] for tap in range(3))
        first, second, value = np.split(short + self._get(f"{name}.short_filter.bias", 3 * width), 3, axis=1)
        gated = second * self._convolved(f"{name}.filter_fn", first * value)
        return self._linear(f"{name}.out_linear", gated + self._convolved(f"{name}.filter_fn2", states))

    def _convolved(self, name: str, signal: Doubles) -> Doubles:
        """Position i from every position j: weights of distance i - j, or j - i - 1 in the other direction."""
        positions, width = signal.shape
        forward, backward = (
            self._weights(name, part, positions) for part in ("implicit_filter", "implicit_filter_rev")
        )
        result = signal * self._get(f"{name}.bias", width)
        for i in range(positions):
            result[i] += (forward[i::-1] * signal[: i + 1]).sum(axis=0)
            result[i] += (backward[: positions - i - 1] * signal[i + 1 :]).sum(axis=0)
        return result

    def _weights(self, name: str, network: str, positions: int) -> Doubles:
        a = self.architecture
        rows = self._get(f"{name}.pos_emb.z", 1, a.filter_positions, a.filter_features)[0, :positions]
        for place in (0, 2, 4):
            weight = self._get(f"{name}.{network}.{place}.weight", a.filter_order, rows.shape[1])
            bias = self._get(f"{name}.{network}.{place}.bias", a.filter_order)
            frequencies = filter_frequencies(self.tensors, name, f"{network}.{place + 1}", a)
            rows = np.sin(a.sine_scale * frequencies * (rows @ weight.T + bias))
        times = self._get(f"{name}.pos_emb.t", 1, a.filter_positions, 1)[0, :positions]
        decay = np.exp(-times * np.abs(self._get(f"{name}.modulation.deltas", 1, 1, a.hidden_size)[0]))
        weights: Doubles = decay * (rows @ self._get(f"{name}.{network}.6.weight", a.hidden_size, a.filter_order).T)
        return weights

    def _gated(self, name: str, states: Doubles) -> Doubles:
        a = self.architecture
        inner = self._blocks(f"{name}.gated_layers.weight", states, 2 * a.intermediate_size)
        gates, values = np.split(inner, 2, axis=1)
        active = gates * 0.5 * (1.0 + erf(gates / np.sqrt(2.0))) * values
        outer = self._blocks(f"{name}.wo.weight", active, a.hidden_size)
        return self._normed(f"{name}.layernorm", outer + self._get(f"{name}.wo.bias", a.hidden_size) + states)

    def _blocks(self, name: str, rows: Doubles, outputs: int) -> Doubles:
        blocks, inputs = self.architecture.blocks, rows.shape[1]
        weights = self._get(name, blocks, outputs // blocks, inputs // blocks)
        parts = np.split(rows, blocks, axis=1)
        return np.concatenate([part @ weight.T for part, weight in zip(parts, weights, strict=True)], axis=1)

    def _linear(self, name: str, rows: Doubles) -> Doubles:
        inputs = rows.shape[-1]
        outputs = 3 * inputs if name.endswith("in_linear") else inputs
        return rows @ self._get(f"{name}.weight", outputs, inputs).T + self._get(f"{name}.bias", outputs)

    def _normed(self, name: str, rows: Doubles) -> Doubles:
        scale, shift = self.tensors.layer_norm(name, self.architecture.hidden_size)
        centred = rows - rows.mean(axis=1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(axis=1, keepdims=True) + self.architecture.layer_norm_eps)
        normed: Doubles = centred / deviation * scale + shift
        return normed

    def _get(self, name: str, *shape: int) -> Doubles:
        return self.tensors.get(name, *shape).astype(np.float64)
