"""What a compiled text model is, as stored in its `spec.json`."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from leadgen.errors import ModelError

SPEC_FILE = "spec.json"
GRAPH_FILE = "model.onnx"
WEIGHTS_FILE = "model.onnx.data"
TOKENIZER_FILE = "tokenizer.json"
GOLDEN_FILE = "golden.json"
TENSORS_FILE = "model.safetensors"
ENCODER_FILE = "encoder.json"
STAGE_FILES = ("filter.onnx", "projection.onnx", "state.onnx")
_FILES = {
    "hashing": (),
    "onnx": (GRAPH_FILE, WEIGHTS_FILE, TOKENIZER_FILE, GOLDEN_FILE),
    "avx512": (ENCODER_FILE, TENSORS_FILE, TOKENIZER_FILE, GOLDEN_FILE),
    "m2": (*STAGE_FILES, TENSORS_FILE, TOKENIZER_FILE, GOLDEN_FILE),
}

Precision = Literal["fp32", "fp16", "int8"]


class Fidelity(BaseModel):
    """How near embeddings are to those in fp32, on a sample of texts.

    `top10_overlap` is the share of a text's ten nearest neighbours within the sample that are the same in both.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    texts: int = Field(ge=2)
    mean_cosine: float = Field(ge=-1, le=1)
    min_cosine: float = Field(ge=-1, le=1)
    top10_overlap: float = Field(ge=0, le=1)


class TextModelSpec(BaseModel):
    """Everything a runtime must know to embed the way the model was trained.

    `sha256` identifies weights, tokenizer and the fields below together: two specs with the same digest give
    the same embeddings, so caches of embeddings are keyed by it. A checkpoint compiled in fp16, or in fp32 for another
    engine, gives those of its fp32 model up to rounding: they have the same `space`, so one may search what the other
    embedded. One compiled in int8 is a space of its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format_version: Literal[1] = 1
    id: str = Field(min_length=1, description="name the model is known by, e.g. intfloat/e5-small-v2")
    kind: Literal["onnx", "avx512", "m2", "hashing"]
    dimension: int = Field(gt=0, description="width of an embedding")
    max_tokens: int = Field(gt=2, description="longer texts are cut here, special tokens included")
    pooling: Literal["mean", "cls", "none"]
    normalise: Literal[True] = True
    query_prefix: str = ""
    passage_prefix: str = ""
    precision: Precision = "fp32"
    fidelity: Fidelity | None = Field(default=None, description="measured where the precision was chosen by it")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    space_sha256: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{64}$",
        description="digest of the fp32 model of the same checkpoint; absent where the model is that one",
    )
    source: str = Field(description="where the checkpoint came from: folder, URL with revision, or package")

    @property
    def files(self) -> tuple[str, ...]:
        """What a folder of such a model holds beside `spec.json`."""
        return _FILES[self.kind]

    def computed_tokens(self, tokens: int) -> int:
        """What a text of so many tokens costs: M2-BERT's convolutions run over its whole limit, whatever the text."""
        return self.max_tokens if self.kind == "m2" else tokens

    @property
    def space(self) -> str:
        """Digest of the vector space, whatever the precision: embeddings that share it may be compared."""
        return self.space_sha256 or self.sha256

    @classmethod
    def read(cls, folder: Path) -> "TextModelSpec":
        """Read `spec.json` of a model folder.

        Raises:
            ModelError: the file is absent, unreadable, or not a specification this version understands.
        """
        path = folder / SPEC_FILE
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise ModelError(f"{path} cannot be read ({error.strerror}): not a compiled text model") from error
        except ValidationError as error:
            reasons = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise ModelError(f"{path} is not a text model specification: {reasons}") from error

    def write(self, folder: Path) -> None:
        """Write `spec.json` into a model folder."""
        (folder / SPEC_FILE).write_text(self.model_dump_json(indent=2, exclude_none=True) + "\n", encoding="utf-8")
