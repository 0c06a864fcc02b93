"""Why a question has no answer. No message holds the key, the prompt or what the endpoint wrote."""

from typing import Literal

from leadgen.errors import LeadgenError
from pydantic import BaseModel

Fault = Literal["refused", "truncated", "empty", "invalid", "unverified"]
"""`invalid`: not JSON, or not of the schema. `unverified`: of the schema, but the question's check found a fault."""


class LanguageModelError(LeadgenError):
    """Base: the caller goes on without this answer."""


class LanguageModelUnavailableError(LanguageModelError):
    """The endpoint does not answer, or refuses requests; asking later can succeed."""


class AnswerLostError(LanguageModelUnavailableError):
    """The question may have been answered and charged, but the answer cannot be read; its cost counts as spent."""


class AnswerPendingError(LanguageModelError):
    """The question waits for a batch; asking again, later or in another run, finds the answer."""


class SpendCapError(LanguageModelError):
    """The question could cost more than the cap leaves. Nothing was sent."""


class AnswerError(LanguageModelError):
    """The model answered, twice, with something that cannot be used.

    `answer` is the last one where it was at least of the schema (`fault` is then `unverified`): parts may be usable.
    """

    def __init__(self, message: str, fault: Fault, answer: BaseModel | None = None) -> None:
        super().__init__(message)
        self.fault = fault
        self.answer = answer
