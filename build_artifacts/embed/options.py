"""What `leadgen embed` is told."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from leadgen.text import TextKind, Truncate
from leadgen.text.device import Device
from leadgen.text.spec import Precision

LongText = Literal["truncate", "window"]
EmbeddingType = Literal["float32", "float16"]


@dataclass(frozen=True, slots=True)
class EmbedOptions:
    """Its flags; `id_col` None numbers the rows instead."""

    input_path: str
    output_path: str
    text_cols: tuple[str, ...]
    id_col: str | None = None
    text_model: str = "auto"
    precision: Precision = "fp32"
    kind: TextKind = "passage"
    truncate: Truncate = "end"
    long_text: LongText = "truncate"
    embedding_type: EmbeddingType = "float32"
    device: Device = "auto"
    threads: int | None = None
    cache: Path = Path("artifacts/cache")

    @property
    def manner(self) -> str:
        """What besides model and texts decides over the numbers that are written."""
        return f"{self.kind}, {self.truncate}, {self.long_text}, {self.embedding_type}"
