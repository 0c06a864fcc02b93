"""Questions in batches, at half the price, answered within a day: OpenAI's Batch API.

https://platform.openai.com/docs/guides/batch.
"""

from build_artifacts.llm.batches.ledger import BatchLedger
from build_artifacts.llm.batches.model import BatchLanguageModel

__all__ = ["BatchLanguageModel", "BatchLedger"]
