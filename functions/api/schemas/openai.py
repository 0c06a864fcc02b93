"""OpenAI's contract for embeddings (platform.openai.com/docs/api-reference/embeddings), and what is added to it."""

from typing import Annotated, Any, Literal

from leadgen.text.model import TextKind, Truncate
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from functions.api.embedding.service import LongText, Manner
from functions.api.schemas.embedding import Dimensions

_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_IDS: dict[str, Any] = {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 0}}
_INPUT: dict[str, Any] = {
    "anyOf": [
        _TEXT,
        {"type": "array", "minItems": 1, "items": _TEXT},
        _IDS,
        {"type": "array", "minItems": 1, "items": _IDS},
    ]
}


def _input(value: Any) -> Any:
    """One text or one list of token ids becomes a list of one; all items are of the first one's type."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not value:
        raise PydanticCustomError("input", "Input should be a text, a list of texts, or token ids; and not empty")
    if isinstance(value[0], int):
        value = [value]
    fits = _is_text if isinstance(value[0], str) else _are_ids
    for position, item in enumerate(value):
        if not fits(item):
            about = {"position": position}
            raise PydanticCustomError(
                "input", "Item {position} is no text, no token ids, empty, or of two kinds", about
            )
    return value


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _are_ids(value: Any) -> bool:
    # Half a million of them may come at once; true and false are integers, too.
    return isinstance(value, list) and set(map(type, value)) == {int} and min(value) >= 0


class EmbeddingRequest(BaseModel):
    """What the `openai` client sends to `/v1/embeddings`; the last three fields are an extension (`extra_body`)."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        protected_namespaces=(),
        defer_build=True,
        json_schema_extra={"examples": [{"input": ["The quick brown fox", "Payroll software."], "model": ""}]},
    )

    input: Annotated[Any, PlainValidator(_input), WithJsonSchema(_INPUT)] = Field(
        description="A text, several, the token ids of one, or of several."
    )
    model: str = Field(description="A model of `GET /v1/models`.")
    dimensions: Dimensions | None = None
    encoding_format: Literal["float", "base64"] | None = Field(
        None, description="`base64` is that of little-endian float32; `float` where absent."
    )
    user: str | None = Field(None, description="Accepted, and not looked at.")
    input_type: TextKind | None = Field(None, description="`query` where absent.")
    truncate: Truncate | None = Field(None, description="A text that is too long is refused where this is absent.")
    long_text: LongText | None = Field(None, description="`window` embeds a text that is too long by windows.")

    def manner(self) -> Manner:
        """The same for the service."""
        return Manner(
            self.input_type or "query", self.truncate or "error", self.long_text or "truncate", self.dimensions
        )
