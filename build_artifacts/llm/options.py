"""How a language model is reached, how fast, and for how much."""

from dataclasses import dataclass

from pydantic import SecretStr

from build_artifacts.llm.prices import Prices

XAI = "https://api.x.ai/v1"


@dataclass(frozen=True)
class LanguageModelOptions:
    """One model of one endpoint. The key is never shown: neither by repr nor in an error or log."""

    key: SecretStr
    prices: Prices
    base_url: str = XAI
    model: str = "grok-4-1-fast-non-reasoning"
    concurrency: int = 50
    """Requests at once."""
    requests_per_minute: float | None = None
    """The most; None is what the endpoint's own headers say, 480 before it said anything."""
    tokens_per_minute: float | None = None
    """Likewise, of prompts and answers together."""
    max_usd: float = 5.0
    """The cap of a run, never crossed."""
    timeout: float = 60.0
    """Seconds for one request, from sending it to the last byte of the answer."""
    attempts: int = 6
    """Requests for one answer where the endpoint fails."""
