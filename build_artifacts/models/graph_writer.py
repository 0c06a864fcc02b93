"""Writing an ONNX graph whose weights lie in one file beside it, laid out to be mapped into memory."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import onnx
from leadgen.errors import ModelError
from leadgen.text.spec import Precision
from numpy.typing import NDArray
from onnx import TensorProto, helper

OPSET = 20
MICROSOFT = "com.microsoft"
_PAGE = 4096
_TYPES = {"fp32": ("<f4", TensorProto.FLOAT), "fp16": ("<f2", TensorProto.FLOAT16)}


class GraphWriter:
    """Collects nodes in memory and writes each weight to disk at once: one tensor is held at a time."""

    def __init__(self, graph_path: Path, weights_path: Path, precision: Precision = "fp32") -> None:
        self._precision = precision
        self._graph_path = graph_path
        self._weights_path = weights_path
        self._weights = weights_path.open("wb")
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: list[TensorProto] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._weights.close()

    def node(self, operator: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        """Add a node; gives back the name of its output."""
        self._nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def weight(self, name: str, values: NDArray[np.float32]) -> str:
        """Add a tensor, stored little-endian in the graph's precision at a page boundary; gives back its name.

        Raises:
            ModelError: a value is too large for the precision.
        """
        self._weights.write(b"\0" * (-self._weights.tell() % _PAGE))
        dtype, data_type = _TYPES[self._precision]
        if np.abs(values).max() > np.finfo(dtype).max:
            raise ModelError(f"the tensor {name} does not fit {self._precision}: compile the model in fp32")
        content = np.ascontiguousarray(values, dtype=dtype).tobytes()
        tensor = TensorProto(name=name, data_type=data_type, dims=values.shape)
        tensor.data_location = TensorProto.EXTERNAL
        location = {
            "location": self._weights_path.name,
            "offset": self._weights.tell(),
            "length": len(content),
        }
        for key, value in location.items():
            tensor.external_data.add(key=key, value=str(value))
        self._weights.write(content)
        self._initializers.append(tensor)
        return name

    def widened(self, name: str) -> str:
        """The named value as float32, whatever the graph's precision; gives back its name."""
        if self._precision == "fp32":
            return name
        return self.node("Cast", [name], f"{name}.fp32", to=TensorProto.FLOAT)

    def integers(self, name: str, values: list[int]) -> str:
        """Add an int64 vector, such as a shape or axes; gives back its name."""
        self._initializers.append(helper.make_tensor(name, TensorProto.INT64, [len(values)], values))
        return name

    def save(self, dimension: int) -> None:
        """Write the graph: int32 `input_ids` and `attention_mask` [n, t] to float32 `embeddings` [n, d]."""
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT32, ["texts", "tokens"])
            for name in ("input_ids", "attention_mask")
        ]
        output = helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["texts", dimension])
        graph = helper.make_graph(self._nodes, "text_model", inputs, [output], self._initializers)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9, producer_name="leadgen")
        self._weights.flush()
        self._graph_path.write_bytes(model.SerializeToString(deterministic=True))
