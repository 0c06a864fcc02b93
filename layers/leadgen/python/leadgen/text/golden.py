"""A model's self-test: texts whose tokens and embeddings were computed from the checkpoint in another way.

A model that pools, normalises, prefixes or cuts differently gives embeddings that look right and find the wrong things.
"""

import hashlib
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from leadgen.errors import ModelError
from leadgen.text.model import NeuralTextModel, TextKind
from leadgen.text.neural import EncoderTextModel
from leadgen.text.spec import GOLDEN_FILE, TextModelSpec

VALUES = 16
"""How many of an embedding's first values are compared."""

# Distance to the exact values, as a share of their length, that rounding alone explains.
_TOLERANCES = {"fp32": 0.01, "fp16": 0.02, "bf16": 0.1, "int8": 0.15}


class GoldenText(BaseModel):
    """One text, and what a right model makes of it.

    `embeddings` holds the first values of the normalised embedding by each pooling that the checkpoint allows, so that
    a wrong one is recognised; it is empty for a text that only proves where it is cut.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: TextKind
    text: str
    repeated: int = Field(default=1, ge=1, description="how often the text follows itself")
    tokens: int
    cut: int
    ids: str = Field(description="digest of the token ids that are read")
    embeddings: dict[Literal["mean", "cls"], list[float]] = {}


class Golden(BaseModel):
    """What `golden.json` holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    texts: list[GoldenText] = Field(min_length=1)

    def write(self, folder: Path) -> None:
        """Write `golden.json` into a model folder."""
        (folder / GOLDEN_FILE).write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")


def digest_of_ids(ids: NDArray[np.int32]) -> str:
    """BLAKE2b of token ids, in hexadecimal."""
    return hashlib.blake2b(ids.astype("<i4").tobytes(), digest_size=8).hexdigest()


def check_golden(model: EncoderTextModel, folder: Path, *, longest: bool = False) -> None:
    """Compare a model with its folder's `golden.json`; with `longest`, embeddings of texts that are cut, too.

    Raises:
        ModelError: the file is absent or damaged, or the model is not the checkpoint's; it says in what they differ.
    """
    model = model.for_self_test()
    texts = _read(folder).texts
    for text in texts:
        _check_tokens(model, text, folder)
    # Without prefixes a query and a passage are the same tokens.
    embedded = {text.ids: text for text in texts if text.embeddings and (longest or not text.cut)}
    for text in embedded.values():
        _check_embedding(model, text, folder)


def _check_tokens(model: NeuralTextModel, golden: GoldenText, folder: Path) -> None:
    tokenised = model.tokenise([golden.text * golden.repeated], golden.kind)
    ids, cut = tokenised.ids[0], int(tokenised.cut[0])
    if (len(ids), cut) != (golden.tokens, golden.cut):
        wrong = "the limit where texts are cut" if golden.cut else f"the prefix of a {golden.kind}, or the tokenizer"
        counts = f"{len(ids)} tokens are read and {cut} cut where {golden.tokens} and {golden.cut} would be right"
        raise _refused(folder, model.spec, wrong, counts)
    if digest_of_ids(ids) != golden.ids:
        wrong = "the side on which texts are cut" if golden.cut else f"the prefix of a {golden.kind}, or the tokenizer"
        raise _refused(folder, model.spec, wrong, f"{golden.text!r} has other token ids")


def _check_embedding(model: NeuralTextModel, golden: GoldenText, folder: Path) -> None:
    ids = model.tokenise([golden.text * golden.repeated], golden.kind).ids
    embedding = model.encode_tokens(ids)[0]
    norm = float(np.linalg.norm(embedding))
    if not abs(norm - 1) < 1e-2:
        raise _refused(folder, model.spec, "the normalisation", f"an embedding has length {norm:.3g}, not 1")
    tolerance = _TOLERANCES[model.spec.precision]
    distances: dict[str, float] = {name: _distance(embedding, v) for name, v in golden.embeddings.items()}
    right = distances.get(model.spec.pooling, np.inf)
    if right <= tolerance:
        return
    for pooling, distance in distances.items():
        if distance <= tolerance:
            counts = f"tokens are pooled by {pooling!r} where the specification says {model.spec.pooling!r}"
            raise _refused(folder, model.spec, "the pooling", counts)
    raise _refused(folder, model.spec, "the weights or the pooling", f"{golden.text!r} is {right:.2g} off")


def _distance(embedding: NDArray[np.float32], values: list[float]) -> float:
    expected = np.array(values)
    return float(np.linalg.norm(embedding[: len(expected)] - expected) / np.linalg.norm(expected))


def _refused(folder: Path, spec: TextModelSpec, wrong: str, why: str) -> ModelError:
    return ModelError(f"{folder}: the text model {spec.id} fails its self-test in {wrong}: {why}; compile it again")


def _read(folder: Path) -> Golden:
    path = folder / GOLDEN_FILE
    try:
        return Golden.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): compile the text model again") from error
    except ValidationError as error:
        raise ModelError(f"{path} is damaged: compile the text model again") from error
