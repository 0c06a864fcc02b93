"""In which form a checkpoint is compiled: for which engine, and how its numbers are stored."""

from dataclasses import dataclass
from typing import Literal

from leadgen.text.spec import Precision

Engine = Literal["onnxruntime", "avx512"]
# Groups of 64 keep a top-10 overlap of .979 on MiniLM at 90 % of the speed of groups of 128, which keep .975.
INT8_GROUP = 64


@dataclass(frozen=True, slots=True)
class Form:
    """`group` is how many inputs of a linear layer share a scale in int8; 0 otherwise."""

    precision: Precision = "fp32"
    engine: Engine = "onnxruntime"
    group: int = 0

    @property
    def same_space(self) -> bool:
        """Whether embeddings are those of the fp32 model up to rounding."""
        return self.precision != "int8"

    @property
    def identity(self) -> dict[str, str | int]:
        """What the form adds to a model's identity."""
        if self.engine == "onnxruntime":
            return {"precision": self.precision}
        return {"precision": self.precision, "engine": self.engine, "group": self.group}

    def __str__(self) -> str:
        groups = f" in groups of {self.group}" if self.group else ""
        return f"{self.precision}{groups} on {self.engine}"


FP32 = Form()


def form_of(precision: Precision, engine: Engine = "onnxruntime") -> Form:
    """The form for a precision; int8 has one engine only."""
    return Form(precision, "avx512", INT8_GROUP) if precision == "int8" else Form(precision, engine)
