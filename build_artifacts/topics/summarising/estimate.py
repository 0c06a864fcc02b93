"""About what the summaries of a quarter cost, before anything is asked."""

import json
from dataclasses import dataclass

from build_artifacts.llm import Prices, Question
from build_artifacts.topics.summarising import themes, topics
from build_artifacts.topics.summarising.describing import ANSWER_TOKENS, FRAME_TOKENS, Descriptions

TOPICS_PER_FIRM = 8.0
"""Of a call of 700 sentences; shorter ones have fewer."""
_CHARACTERS_PER_TOKEN = 4
_KEYWORD = 16
"""Characters of a keyword with its quotes and comma."""
_ITEM = 40
"""Characters of JSON around an item."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Calls, tokens and USD. `str()` tells how they follow."""

    calls: int
    prompt_tokens: int
    completion_tokens: int
    usd: float

    def __str__(self) -> str:
        return (
            f"{self.calls:,} calls, about {self.prompt_tokens:,} tokens of prompts (characters / 4) "
            f"and {self.completion_tokens:,} of answers: {self.usd:.2f} USD"
        )

    def __add__(self, other: "Estimate") -> "Estimate":
        return Estimate(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.usd + other.usd,
        )


def estimate(prices: Prices, n_firms: int, topics_per_firm: float = TOPICS_PER_FIRM, n_themes: int = 0) -> Estimate:
    """An upper estimate: every item as long as it may be, every answer as long as it may be, each asked for once."""
    topic = topics.MOST_KEYWORDS * _KEYWORD + topics.MOST_EXEMPLARS * (topics.LONGEST_EXEMPLAR + 4) + _ITEM
    theme = themes.MOST_KEYWORDS * _KEYWORD + themes.MOST_TOPICS * (themes.LONGEST_TOPIC + 4) + _ITEM
    firm_calls = n_firms * max(1, round(-(-topics_per_firm // topics.MOST_TOPICS)))
    theme_calls = -(-n_themes // themes.MOST_THEMES)
    n_topics = round(n_firms * topics_per_firm)
    return _estimate(prices, topics.INSTRUCTIONS, firm_calls, n_topics, topic) + _estimate(
        prices, themes.INSTRUCTIONS, theme_calls, n_themes, theme
    )


def _estimate(prices: Prices, instructions: str, calls: int, items: int, characters: int) -> Estimate:
    frame = len(instructions) + len(json.dumps(Question("", "", "", Descriptions, 0).schema))
    prompt = (calls * frame + items * characters) // _CHARACTERS_PER_TOKEN
    completion = calls * FRAME_TOKENS + items * ANSWER_TOKENS
    return Estimate(calls, prompt, completion, prices.usd(prompt, completion))
