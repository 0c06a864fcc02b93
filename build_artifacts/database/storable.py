"""Texts as PostgreSQL can keep them."""

from typing import Any


def storable(text: str) -> str:
    """The text without what UTF-8 or PostgreSQL has no place for.

    NUL and halves of surrogate pairs, which damaged files and language models bring, become U+FFFD; halves that
    belong together become their character. Other texts are returned as they are.
    """
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def storable_json(value: Any) -> Any:
    """The same for every text inside a value that becomes JSON: jsonb refuses their escapes, too."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): storable_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [storable_json(inner) for inner in value]
    return value
