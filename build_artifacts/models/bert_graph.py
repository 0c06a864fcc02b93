"""A BERT or XLM-R encoder with pooling and L2 normalisation as an ONNX graph.

The operators are those that onnxruntime's CPU kernels run fastest. Linear layers are `Gemm` over all tokens
of the batch at once, which adds the bias for free; the fused `SkipLayerNormalization` and `BiasGelu` take six
and two times as long as `Add` with `LayerNormalization`, and `Gelu` (onnxruntime 1.31 on AVX-512).
`Gelu` is the exact one (erf), as BERT was trained.

In fp16 the encoder's weights and states are halves; pooling and normalisation stay in float32. CUDA's kernels of
`LayerNormalization`, `Attention` (its softmax) and `Gemm` accumulate halves in float32 themselves.
"""

import numpy as np
from onnx import TensorProto

from build_artifacts.models.architecture import BertArchitecture
from build_artifacts.models.embedding_rules import Pooling
from build_artifacts.models.graph_writer import MICROSOFT, GraphWriter
from build_artifacts.models.tensors import BertTensors


class BertGraph:
    """Emits the nodes of one encoder into a graph, reading each tensor as it goes."""

    def __init__(self, graph: GraphWriter, tensors: BertTensors, architecture: BertArchitecture) -> None:
        self._graph = graph
        self._tensors = tensors
        self._architecture = architecture

    def emit(self, pooling: Pooling) -> None:
        """Emit the whole graph, from `input_ids` and `attention_mask` to `embeddings`."""
        hidden = self._architecture.hidden_size
        self._graph.integers("rows", [-1, hidden])
        self._graph.integers("width", [hidden])
        self._graph.integers("token_axis", [1])
        self._graph.node("Shape", ["input_ids"], "batch")
        self._graph.node("Concat", ["batch", "width"], "states_shape", axis=0)
        rows = self._embeddings()
        for layer in range(self._architecture.num_hidden_layers):
            rows = self._layer(layer, rows)
        self._graph.node("Reshape", [self._graph.widened(rows), "states_shape"], "states")
        pooled = self._mean("states") if pooling == "mean" else self._first("states")
        self._graph.node("LpNormalization", [pooled], "embeddings", axis=-1, p=2)
        self._graph.save(hidden)

    def _embeddings(self) -> str:
        a, name = self._architecture, "embeddings"
        words = self._tensors.get(f"{name}.word_embeddings.weight", a.vocab_size, a.hidden_size)
        positions = self._tensors.get(f"{name}.position_embeddings.weight", a.max_position_embeddings, a.hidden_size)
        segments = self._tensors.get(f"{name}.token_type_embeddings.weight", a.type_vocab_size, a.hidden_size)
        self._graph.node("Gather", [self._graph.weight("words", words), "input_ids"], "words.states")
        # a single text is all segment 0
        self._positions(self._graph.weight("positions", positions + segments[0]))
        self._graph.node("Add", ["words.states", "positions.states"], "embeddings.states")
        self._graph.node("Reshape", ["embeddings.states", "rows"], "embeddings.rows")
        return self._layer_norm("embeddings.LayerNorm", "embeddings.rows")

    def _positions(self, table: str) -> None:
        if self._architecture.padding is None:
            self._graph.integers("start", [0])
            self._graph.node("Shape", ["input_ids"], "length", start=1)
            self._graph.node("Slice", [table, "start", "length", "start"], "positions.states")
            return
        self._graph.integers("padding", [self._architecture.padding])
        self._graph.node("Cast", ["input_ids"], "ids", to=TensorProto.INT64)
        self._graph.node("Equal", ["ids", "padding"], "is_padding")
        self._graph.node("Not", ["is_padding"], "is_counted")
        self._graph.node("Cast", ["is_counted"], "counted", to=TensorProto.INT64)
        self._graph.node("CumSum", ["counted", "token_axis"], "counts")
        self._graph.node("Mul", ["counts", "counted"], "counts.tokens")
        self._graph.node("Add", ["counts.tokens", "padding"], "places")
        self._graph.node("Gather", [table, "places"], "positions.states")

    def _layer(self, index: int, rows: str) -> str:
        a, name = self._architecture, f"encoder.layer.{index}"
        context = self._attention(f"{name}.attention.self", rows)
        attended = self._dense(f"{name}.attention.output.dense", context, a.hidden_size, a.hidden_size)
        rows = self._residual(f"{name}.attention.output.LayerNorm", attended, rows)
        inner = self._dense(f"{name}.intermediate.dense", rows, a.hidden_size, a.intermediate_size)
        active = self._graph.node("Gelu", [inner], f"{name}.gelu")
        outer = self._dense(f"{name}.output.dense", active, a.intermediate_size, a.hidden_size)
        return self._residual(f"{name}.output.LayerNorm", outer, rows)

    def _attention(self, name: str, rows: str) -> str:
        hidden = self._architecture.hidden_size
        parts = [self._tensors.dense(f"{name}.{part}", hidden, hidden) for part in ("query", "key", "value")]
        inputs = [
            self._graph.node("Reshape", [rows, "states_shape"], f"{name}.states"),
            self._graph.weight(f"{name}.weight", np.concatenate([weight for weight, _ in parts], axis=1)),
            self._graph.weight(f"{name}.bias", np.concatenate([bias for _, bias in parts])),
            "attention_mask",
        ]
        heads = self._architecture.num_attention_heads
        self._graph.node("Attention", inputs, f"{name}.context", MICROSOFT, num_heads=heads)
        return self._graph.node("Reshape", [f"{name}.context", "rows"], f"{name}.rows")

    def _dense(self, name: str, rows: str, inputs: int, outputs: int) -> str:
        weight, bias = self._tensors.dense(name, inputs, outputs)
        names = [self._graph.weight(f"{name}.weight", weight), self._graph.weight(f"{name}.bias", bias)]
        return self._graph.node("Gemm", [rows, *names], name)

    def _residual(self, name: str, rows: str, skipped: str) -> str:
        return self._layer_norm(name, self._graph.node("Add", [rows, skipped], f"{name}.sum"))

    def _layer_norm(self, name: str, rows: str) -> str:
        scale, shift = self._tensors.layer_norm(name, self._architecture.hidden_size)
        weights = [self._graph.weight(f"{name}.scale", scale), self._graph.weight(f"{name}.shift", shift)]
        epsilon = self._architecture.layer_norm_eps
        return self._graph.node("LayerNormalization", [rows, *weights], name, axis=-1, epsilon=epsilon)

    def _mean(self, states: str) -> str:
        """Mean over the tokens under the mask: mask [n, 1, t] times states [n, t, d], by the mask's sum."""
        self._graph.node("Cast", ["attention_mask"], "mask", to=1)
        self._graph.node("Unsqueeze", ["mask", "token_axis"], "mask.row")
        self._graph.node("MatMul", ["mask.row", states], "sum.row")
        self._graph.node("Squeeze", ["sum.row", "token_axis"], "sum")
        self._graph.node("ReduceSum", ["mask", "token_axis"], "count", keepdims=1)
        return self._graph.node("Div", ["sum", "count"], "mean")

    def _first(self, states: str) -> str:
        self._graph.integers("first", [0])
        self._graph.node("Gather", [states, "first"], "first.row", axis=1)
        return self._graph.node("Squeeze", ["first.row", "token_axis"], "first.state")
