"""The forward pass of a BERT or XLM-R encoder in plain numpy, text by text: what the compiled graph is compared with.

J. Devlin et al., "BERT", NAACL 2019; A. Conneau et al., "Unsupervised Cross-lingual Representation Learning at Scale",
ACL 2020. Neither batches, masks nor fused operators, so that it shares no mistake with the graph.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from build_artifacts.models.architecture import BertArchitecture
from build_artifacts.models.tensors import BertTensors

States = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ReferenceEncoder:
    """Computes in float32; each tensor is read once for all texts, and one layer is held at a time."""

    tensors: BertTensors
    architecture: BertArchitecture

    def states(self, texts: Sequence[NDArray[np.int32]]) -> list[States]:
        """Final states [tokens, hidden] of each text, given as token ids, special ones included."""
        states = self._embedded(texts)
        for index in range(self.architecture.num_hidden_layers):
            states = self._layer(f"encoder.layer.{index}", states)
        return states

    def _embedded(self, texts: Sequence[NDArray[np.int32]]) -> list[States]:
        a, name = self.architecture, "embeddings"
        words = self.tensors.get(f"{name}.word_embeddings.weight", a.vocab_size, a.hidden_size)
        positions = self.tensors.get(f"{name}.position_embeddings.weight", a.max_position_embeddings, a.hidden_size)
        segment = self.tensors.get(f"{name}.token_type_embeddings.weight", a.type_vocab_size, a.hidden_size)[0]
        summed = [words[ids] + positions[_places(ids, a.padding)] + segment for ids in texts]
        return self._normed(f"{name}.LayerNorm", summed)

    def _layer(self, name: str, states: list[States]) -> list[States]:
        a = self.architecture
        parts = [self._dense(f"{name}.attention.self.{part}", states) for part in ("query", "key", "value")]
        context = [self._attended(*three) for three in zip(*parts, strict=True)]
        attended = self._dense(f"{name}.attention.output.dense", context)
        states = self._normed(f"{name}.attention.output.LayerNorm", _sums(attended, states))
        inner = self._dense(f"{name}.intermediate.dense", states, outputs=a.intermediate_size)
        active = [x * 0.5 * (1.0 + erf(x / np.float32(np.sqrt(2.0)))) for x in inner]
        outer = self._dense(f"{name}.output.dense", active, inputs=a.intermediate_size)
        return self._normed(f"{name}.output.LayerNorm", _sums(outer, states))

    def _attended(self, query: States, key: States, value: States) -> States:
        width = self.architecture.hidden_size // self.architecture.num_attention_heads
        context = np.empty_like(query)
        for start in range(0, query.shape[1], width):
            head = slice(start, start + width)
            scores = query[:, head] @ key[:, head].T / np.float32(np.sqrt(width))
            weights = np.exp(scores - scores.max(axis=1, keepdims=True))
            context[:, head] = weights @ value[:, head] / weights.sum(axis=1, keepdims=True)
        return context

    def _dense(
        self, name: str, states: list[States], inputs: int | None = None, outputs: int | None = None
    ) -> list[States]:
        hidden = self.architecture.hidden_size
        weight, bias = self.tensors.dense(name, inputs or hidden, outputs or hidden)
        return [x @ weight + bias for x in states]

    def _normed(self, name: str, states: list[States]) -> list[States]:
        scale, shift = self.tensors.layer_norm(name, self.architecture.hidden_size)
        epsilon = np.float32(self.architecture.layer_norm_eps)
        centred = [x - x.mean(axis=1, keepdims=True) for x in states]
        return [c / np.sqrt((c**2).mean(axis=1, keepdims=True) + epsilon) * scale + shift for c in centred]


def pooled(states: States) -> dict[str, NDArray[np.float32]]:
    """The L2-normalised embedding by each pooling."""
    both = {"mean": states.mean(axis=0), "cls": states[0]}
    return {name: vector / np.linalg.norm(vector) for name, vector in both.items()}


def _places(ids: NDArray[np.int32], padding: int | None) -> NDArray[np.int64]:
    if padding is None:
        return np.arange(len(ids))
    counted = ids != padding
    places: NDArray[np.int64] = np.cumsum(counted) * counted + padding
    return places


def _sums(some: list[States], others: list[States]) -> list[States]:
    return [one + other for one, other in zip(some, others, strict=True)]
