"""What the operations that embed answer."""

from leadgen.text.model import TextKind
from pydantic import Field

from functions.api.schemas.scored import Answer


class Embeddings(Answer):
    """Embeddings in the order of the texts, and what was read of each text."""

    embeddings: list[list[float]] = Field(description="L2-normalised: their inner product is their cosine.")
    dimension: int = Field(description="Numbers of an embedding.")
    count: int = Field(description="Texts.")
    model: str
    input_type: TextKind = Field(description="What the texts were embedded as.")
    precision: str = Field(description="Number format that the model computes in.")
    tokens: list[int] = Field(description="Tokens read of each text, special ones and the model's prefix included.")
    cut: list[int] = Field(description="Tokens of each text that were left out; 0 where it was read whole.")
    windows: list[int] = Field(description="In how many windows each text was read.")


class Similarities(Answer):
    """Cosines."""

    similarities: list[float] | list[list[float]] = Field(
        description="-1 to 1: a list for one query or for pairs, else a list for each query, or for each text."
    )
    model: str
    tokens: int = Field(description="Tokens read of all texts.")
    cut: int = Field(description="Tokens left out of all texts.")


class Token(Answer):
    """A token."""

    id: int
    text: str = Field(description="As the model's vocabulary spells it.")
    start: int = Field(description="Its first character in the text; 0 for special tokens.")
    end: int = Field(description="The character after its last; 0 for special tokens.")
    special: bool = Field(description="Whether it is not of the text.")


class Tokens(Answer):
    """Texts taken apart, whole and without the model's prefix."""

    tokens: list[list[Token]] = Field(description="Of each text.")
    counts: list[int] = Field(description="Tokens of each text, special ones included.")
    max_tokens: int = Field(description="How many the model reads; prefix included, which is no part of these.")
    model: str
