"""Questions to a language model behind any OpenAI-compatible endpoint: paced, paid for within a cap, answered once."""

from build_artifacts.llm.client import LanguageModel
from build_artifacts.llm.database_ledger import DatabaseLedger
from build_artifacts.llm.errors import (
    AnswerError,
    AnswerLostError,
    AnswerPendingError,
    LanguageModelError,
    LanguageModelUnavailableError,
    SpendCapError,
)
from build_artifacts.llm.ledger import Ledger
from build_artifacts.llm.options import LanguageModelOptions
from build_artifacts.llm.prices import Prices
from build_artifacts.llm.question import Question
from build_artifacts.llm.sqlite_ledger import SqliteLedger
from build_artifacts.llm.usage import Usage

__all__ = [
    "AnswerError",
    "AnswerLostError",
    "AnswerPendingError",
    "DatabaseLedger",
    "LanguageModel",
    "LanguageModelError",
    "LanguageModelOptions",
    "LanguageModelUnavailableError",
    "Ledger",
    "Prices",
    "Question",
    "SpendCapError",
    "SqliteLedger",
    "Usage",
]
