"""What must not come from a transcript into a title or summary: addresses, and words meant for a language model."""

import re

_ADDRESS = re.compile(
    r"https?:\S+|www\.\S+|\S+@\S+\.\w+|\b[a-z0-9][a-z0-9-]*\.(?:com|org|net|io|co|ai|gov|edu|info|biz)\b(?:/\S*)?",
    re.IGNORECASE,
)
_STEERING = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|prompt|rule|guideline|above)s?\b"
    r"|\bsystem prompt\b|\bas an ai\b|\b(?:new|following|these) instructions\b|</?(?:system|assistant|user)\b"
    r"|\byou are (?:now )?(?:an? )?(?:ai|assistant|chatbot|chatgpt|gpt|grok|large language model)\b"
    r"|\b(?:respond|reply|answer|output) (?:only )?with\b|```",
    re.IGNORECASE,
)


_ADDRESS_SIGNS = ("@", "http", "www.", ".com", ".org", ".net", ".io", ".co", ".ai", ".gov", ".edu", ".info", ".biz")
_STEERING_SIGNS = (
    "instruction", "prompt", "rule", "guideline", "above", "an ai", "you are", "respond", "reply", "answer", "output",
    "<", "```",
)  # fmt: skip
"""One of them is in every match of the patterns, and is found much faster than these."""


def has_address(text: str) -> bool:
    """Whether a text holds a web or e-mail address."""
    return _has(_ADDRESS_SIGNS, text) and _ADDRESS.search(text) is not None


def is_steering(text: str) -> bool:
    """Whether a text speaks to a language model."""
    return _has(_STEERING_SIGNS, text) and _STEERING.search(text) is not None


def is_unwanted(text: str) -> bool:
    """Whether it is one or the other."""
    return has_address(text) or is_steering(text)


def without_addresses(text: str) -> str:
    """The text with each address left out."""
    return " ".join(_ADDRESS.sub("", text).split())


def _has(signs: tuple[str, ...], text: str) -> bool:
    lower = text.lower()
    return any(sign in lower for sign in signs)
