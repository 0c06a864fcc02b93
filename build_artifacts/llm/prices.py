"""What tokens cost.

The known prices were written from memory of the providers' price lists, which change: compare them with
https://docs.x.ai/docs/models and https://openai.com/api/pricing before relying on a cap, and set others by flag.
"""

from dataclasses import dataclass

_MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Prices:
    """USD per million tokens; a prompt's cached tokens cost as much as the others where `cached` is None."""

    prompt: float
    completion: float
    cached: float | None = None

    def usd(self, prompt_tokens: int, completion_tokens: int, cached_tokens: int = 0) -> float:
        """Cost of one call; `cached_tokens` are among `prompt_tokens`."""
        cached = self.prompt if self.cached is None else self.cached
        fresh = prompt_tokens - cached_tokens
        return (fresh * self.prompt + cached_tokens * cached + completion_tokens * self.completion) / _MILLION

    @property
    def in_batches(self) -> "Prices":
        """Half of it, cached tokens like others: https://platform.openai.com/docs/guides/batch."""
        return Prices(self.prompt / 2, self.completion / 2)


KNOWN_PRICES = {
    "grok-4-1-fast-non-reasoning": Prices(0.20, 0.50, 0.05),
    "grok-4-fast-non-reasoning": Prices(0.20, 0.50, 0.05),
    "grok-3-mini": Prices(0.30, 0.50, 0.075),
    "gpt-4o-mini": Prices(0.15, 0.60, 0.075),
    "gpt-4.1-mini": Prices(0.40, 1.60, 0.10),
    "gpt-4.1-nano": Prices(0.10, 0.40, 0.025),
}
