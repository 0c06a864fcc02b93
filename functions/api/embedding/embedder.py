"""What the operations that embed have in common: their limits, and their refusals in the caller's terms."""

from collections.abc import Sequence
from dataclasses import dataclass

from leadgen.errors import InputError
from leadgen.text.model import Pieces, TooLongError
from starlette.requests import Request

from functions.api.embedding.problems import Place, too_long, unusable
from functions.api.embedding.registry import EmbeddingModels, ServedModel
from functions.api.embedding.service import Embedded, EmbeddingService, Manner, Texts

NUMBER_BYTES = 16.0
"""What a number of an embedding takes in JSON, at most."""
NUMBER_BYTES_BASE64 = 16 / 3
# docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, less what is no number.
_LAMBDA_BYTES = 6_000_000


@dataclass(frozen=True, slots=True)
class Embedder:
    """Embeds for requests, of which none may have more than `max_texts`."""

    models: EmbeddingModels
    service: EmbeddingService
    max_texts: int

    def model(self, name: str | None, dimensions: int | None = None) -> ServedModel:
        """The model of this name, whose embeddings have so many numbers. Raises UnknownModelError, ProblemError."""
        served = self.models.get(name)
        if dimensions is not None and dimensions > served.spec.dimension:
            detail = f"Embeddings of the model {served.name} have {served.spec.dimension} dimensions, not {dimensions}"
            raise unusable(detail, "dimensions")
        return served

    async def embed(self, texts: Texts, served: ServedModel, manner: Manner, place: Place) -> Embedded:
        """Embed texts that stand at this place. Raises ProblemError, and what `handle_embedding_problems` answers."""
        if len(texts) > self.max_texts:
            raise unusable(f"These are {len(texts)} texts, more than {self.max_texts} at once", *place.path)
        try:
            return await self.service.embed(texts, served, manner)
        except TooLongError as error:
            raise too_long(error, place) from None
        except InputError as error:
            raise unusable(str(error), *place.path) from None

    async def pieces(self, texts: Sequence[str], served: ServedModel) -> list[Pieces]:
        """Take texts apart. Raises ProblemError where there are too many, or the model has no tokens."""
        if len(texts) > self.max_texts:
            raise unusable(f"These are {len(texts)} texts, more than {self.max_texts} at once", "texts")
        try:
            return await self.service.pieces(texts, served)
        except InputError as error:
            raise unusable(str(error), "model") from None


def check_answer(request: Request, count: int, dimension: int, number_bytes: float = NUMBER_BYTES) -> None:
    """Raises ProblemError where so many embeddings are more than AWS Lambda can answer."""
    room = int(_LAMBDA_BYTES / (number_bytes * dimension))
    if count > room and "aws.event" in request.scope:
        raise unusable(f"{count} embeddings are more than AWS Lambda can answer; send at most {room} texts at once")
