"""What can be asked of the operations that embed; a model is built when its operation is first asked."""

from typing import Annotated, Any

from leadgen.text.model import TextKind, Truncate
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, RootModel, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from functions.api.embedding.problems import Place
from functions.api.embedding.service import LongText, Manner

MOST_CHARACTERS = 65_536
"""To be taken apart at once: every token becomes an object of some 80 bytes, and Lambda answers 6 MB."""

_EXAMPLE = "Wind turbines for small islands."
_TEXTS: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
_TEXT_OR_TEXTS: dict[str, Any] = {"anyOf": [{"type": "string"}, _TEXTS]}


def _listed(value: Any) -> Any:
    """Written by hand: of a list of 100,000 wrong things, one is enough to name."""
    if not isinstance(value, list):
        raise PydanticCustomError("texts", "Input should be a list of texts")
    for position, text in enumerate(value):
        if not isinstance(text, str):
            raise PydanticCustomError("texts", "Item {position} should be a text", {"position": position})
    return value


def _one_or_listed(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise PydanticCustomError("texts", "Input should be a text or a list of texts")
    return _listed(value)


Texts = Annotated[list[str], PlainValidator(_listed), WithJsonSchema(_TEXTS)]
TextOrTexts = Annotated[str | list[str], PlainValidator(_one_or_listed), WithJsonSchema(_TEXT_OR_TEXTS)]
Pair = Annotated[list[str], Field(min_length=2, max_length=2, fail_fast=True)]
ModelName = Annotated[str, Field(description="A model of `GET /v1/models`; the first of them where absent.")]
Kind = Annotated[
    TextKind,
    Field(description="Models such as E5 put a prefix before a text that depends on it. `query` also suits texts that "
        "are compared with texts of their own kind."),
]  # fmt: skip
Cut = Annotated[
    Truncate,
    Field(description="Which side of a text that is longer than the model reads is left out; `error` refuses it."),
]
Long = Annotated[
    LongText,
    Field(description="`window` embeds a text that is longer than the model reads window by window, and answers the "
        "mean, weighted by tokens; then nothing is left out, whatever `truncate` says."),
]  # fmt: skip
Dimensions = Annotated[
    int,
    Field(ge=1, description="Answer the first so many numbers of an embedding, L2-normalised again; good only with "
        "models that were trained for it (Matryoshka)."),
]  # fmt: skip


class EmbeddingOptions(BaseModel):
    """How to embed."""

    model_config = ConfigDict(extra="forbid", strict=True, protected_namespaces=(), defer_build=True)

    model: ModelName | None = None
    input_type: Kind | None = Field(None, description="`query` for `query`, `passage` for `texts`, where absent.")
    truncate: Cut = "end"
    long_text: Long = "truncate"
    dimensions: Dimensions | None = None

    def manner(self, kind: TextKind) -> Manner:
        """The same for the service; `kind` is taken where the request names none."""
        return Manner(self.input_type or kind, self.truncate, self.long_text, self.dimensions)


class EmbedRequest(EmbeddingOptions):
    """Texts to embed: as `query`, one or several, or as `texts`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"query": "solar panels"}, {"texts": [_EXAMPLE, "Payroll software."], "truncate": "error"}]
        }
    )

    query: TextOrTexts | None = Field(None, description="One text or several, embedded as queries.")
    texts: Texts | None = Field(None, description="Texts, embedded as passages.")

    @model_validator(mode="after")
    def _one(self) -> "EmbedRequest":
        if (self.query is None) == (self.texts is None):
            raise PydanticCustomError("texts", "Give either `query` or `texts`")
        return self

    def asked(self) -> list[str]:
        """The texts."""
        given = self.texts or [] if self.query is None else self.query
        return [given] if isinstance(given, str) else given

    def kind(self) -> TextKind:
        """What they are where `input_type` does not say."""
        return "passage" if self.query is None else "query"

    def place(self) -> Place:
        """Where they stand."""
        return Place(("texts" if self.query is None else "query",), one=isinstance(self.query, str))


class EmbedBatch(RootModel[Texts]):
    """Texts to embed, as passages unless the query says otherwise."""

    model_config = ConfigDict(defer_build=True, json_schema_extra={"examples": [[_EXAMPLE, "Payroll software."]]})


class SimilarityRequest(EmbeddingOptions):
    """Texts to compare: every query with every text, every text with every other, or the two of each pair."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"query": "renewable energy", "texts": [_EXAMPLE, "Payroll software."]},
                {"pairs": [["a", "b"]]},
            ]
        }
    )

    query: TextOrTexts | None = Field(None, description="One text or several to compare `texts` with.")
    texts: Texts | None = Field(None, description="Compared with `query`; with each other where it is absent.")
    pairs: Annotated[list[Pair], Field(fail_fast=True)] | None = Field(None, description="Two texts each.")

    @model_validator(mode="after")
    def _one(self) -> "SimilarityRequest":
        if (self.texts is None) == (self.pairs is None) or (self.pairs is not None and self.query is not None):
            raise PydanticCustomError("texts", "Give `texts`, with `query` or without, or else `pairs`")
        return self


class TokenizeRequest(BaseModel):
    """Texts to take apart."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        protected_namespaces=(),
        defer_build=True,
        json_schema_extra={"examples": [{"texts": [_EXAMPLE]}]},
    )

    texts: TextOrTexts = Field(description="One text or several.")
    model: ModelName | None = Field(None, description="The first neural one of `GET /v1/models` where absent.")

    def asked(self) -> list[str]:
        """The texts."""
        return [self.texts] if isinstance(self.texts, str) else list(self.texts)
