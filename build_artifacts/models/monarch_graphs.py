"""The dense arithmetic of M2-BERT as three small ONNX graphs, fed with each layer's weights.

Shapes are said in `leadgen.text.monarch_encoder`, which runs them. Weights of linear layers come as torch keeps them,
[outputs, inputs]; those of block-diagonal ones as `monarch_weights` lays them out, so that one batched product serves
all blocks.
"""

from pathlib import Path
from typing import Any

import onnx
from leadgen.text.spec import STAGE_FILES
from onnx import TensorProto, helper

from build_artifacts.models.graph_writer import OPSET
from build_artifacts.models.monarch_architecture import MonarchArchitecture

Shapes = dict[str, list[str | int]]


def write_stages(folder: Path, architecture: MonarchArchitecture) -> None:
    """Write the three graphs into a model folder."""
    for name, stage in zip(STAGE_FILES, (_filter(), _projection(), _state(architecture)), strict=True):
        (folder / name).write_bytes(stage.encoded())


class _Stage:
    """Collects the nodes of a graph; inputs and the output are float32."""

    def __init__(self, output: str, inputs: Shapes) -> None:
        self._output = output
        self._inputs = inputs
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[TensorProto] = []

    def node(self, operator: str, inputs: str, output: str, **attributes: Any) -> str:
        self._nodes.append(helper.make_node(operator, inputs.split(), output.split(), **attributes))
        return output

    def integers(self, name: str, *values: int) -> str:
        self._constants.append(helper.make_tensor(name, TensorProto.INT64, [len(values)], values))
        return name

    def encoded(self) -> bytes:
        inputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in self._inputs.items()]
        output = helper.make_tensor_value_info(self._output, TensorProto.FLOAT, None)
        graph = helper.make_graph(self._nodes, "stage", inputs, [output], self._constants)
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9, producer_name="leadgen")
        content: bytes = model.SerializeToString(deterministic=True)
        return content


def _filter() -> _Stage:
    """Sine activations of learned frequency (V. Sitzmann et al., NeurIPS 2020), then an exponential decay."""
    inputs = {"first": "features", "second": "order", "third": "order"}
    shapes: Shapes = {"positions": ["n", "features"], "times": ["n"]}
    for name, width in inputs.items():
        shapes |= {f"{name}.weight": ["order", width], f"{name}.bias": ["order"], f"{name}.sine": ["order"]}
    shapes |= {"last.weight": ["channels", "order"], "decay": ["channels", 1]}
    stage = _Stage("kernel", shapes)
    rows = "positions"
    for name in inputs:
        stage.node("Gemm", f"{rows} {name}.weight {name}.bias", f"{name}.sum", transB=1)
        stage.node("Mul", f"{name}.sum {name}.sine", f"{name}.angle")
        rows = stage.node("Sin", f"{name}.angle", f"{name}.rows")
    stage.node("Gemm", f"last.weight {rows}", "weights", transB=1)
    stage.node("Mul", "decay times", "exponent")
    stage.node("Exp", "exponent", "factor")
    stage.node("Mul", "weights factor", "kernel")
    return stage


def _projection() -> _Stage:
    stage = _Stage(
        "projected", {"states": ["n", "channels"], "weight": ["outputs", "channels"], "bias": ["outputs", 1]}
    )
    stage.node("Gemm", "weight states bias", "projected", transB=1)
    return stage


def _state(a: MonarchArchitecture) -> _Stage:
    """Linear layer, then gated block-diagonal layers with their residual and layer normalisation."""
    width, inner = a.hidden_size // a.blocks, a.intermediate_size // a.blocks
    shapes: Shapes = {"mixed": [a.hidden_size, "n"], "linear.weight": [a.hidden_size, a.hidden_size]}
    shapes |= {"gated.weight": [a.blocks, 2, width, inner], "output.weight": [1, a.blocks, inner, width]}
    shapes |= {name: [a.hidden_size] for name in ("linear.bias", "output.bias", "norm.scale", "norm.shift")}
    stage = _Stage("states", shapes)
    stage.node("Gemm", "mixed linear.weight linear.bias", "rows", transA=1, transB=1)
    split = stage.integers("split", -1, 1, a.blocks, width)
    stage.node("Reshape", f"rows {split}", "row.blocks")
    stage.node("Transpose", "row.blocks", "blocks", perm=[2, 1, 0, 3])
    stage.node("MatMul", "blocks gated.weight", "inner.pairs")
    # The gates are the first half of all outputs: the first blocks' pairs of halves.
    halves = stage.integers("halves", 2, a.blocks, -1, inner)
    stage.node("Reshape", f"inner.pairs {halves}", "inner")
    stage.node("Split", "inner", "gates values", num_outputs=2, axis=0)
    stage.node("Gelu", "gates", "open")
    stage.node("Mul", "open values", "gated")
    stage.node("MatMul", "gated output.weight", "outer.blocks")
    stage.node("Transpose", "outer.blocks", "outer.rows", perm=[2, 0, 1, 3])
    stage.node("Reshape", f"outer.rows {stage.integers('join', -1, a.hidden_size)}", "outer")
    stage.node("Add", "outer output.bias", "outer.biased")
    stage.node("Add", "outer.biased rows", "sum")
    epsilon = a.layer_norm_eps
    stage.node("LayerNormalization", "sum norm.scale norm.shift", "states", axis=-1, epsilon=epsilon)
    return stage
