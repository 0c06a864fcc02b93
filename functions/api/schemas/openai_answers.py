"""What operations below `/v1` answer: OpenAI's contract, and what is added to it."""

from typing import Literal

from pydantic import Field

from functions.api.schemas.health import ServedTextModel
from functions.api.schemas.scored import Answer


class OpenAIEmbedding(Answer):
    """One embedding."""

    object: Literal["embedding"]
    index: int = Field(description="Place of its input.")
    embedding: list[float] | str = Field(description="L2-normalised; text where base64 was asked for.")


class Usage(Answer):
    """Tokens."""

    prompt_tokens: int = Field(description="Read of all inputs, special ones and the model's prefix included.")
    total_tokens: int
    cut_tokens: int | None = Field(None, description="Left out of all inputs; where the request said `truncate`.")


class OpenAIEmbeddings(Answer):
    """Embeddings as OpenAI answers them."""

    object: Literal["list"]
    data: list[OpenAIEmbedding]
    model: str
    usage: Usage


class OpenAIModel(ServedTextModel):
    """A model as OpenAI lists it, with what a caller should know of it."""

    object: Literal["model"]
    created: int = Field(description="When it was compiled, in seconds since 1970.")
    owned_by: str


class OpenAIModels(Answer):
    """All models; the first answers requests that name none."""

    object: Literal["list"]
    data: list[OpenAIModel]


class OpenAIFault(Answer):
    """What is wrong, as OpenAI says it."""

    message: str
    type: str = Field(description="`invalid_request_error`, `rate_limit_error` or `server_error`.")
    param: str | None = Field(description="Field of the body, such as `input[3]`.")
    code: str | None = Field(description="Such as `model_not_found`, `context_length_exceeded`, `rate_limit_exceeded`.")


class OpenAIError(Answer):
    """A refusal."""

    error: OpenAIFault
